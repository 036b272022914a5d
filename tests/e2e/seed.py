"""Fills the browser tests' house: what the demo holds (all of it for pictures), and accounts for tests that use one up.

Run as a program with the settings in the environment; its last line is what it made, as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import uuid
from dataclasses import asdict

import pyotp
from sqlalchemy import Text, cast, func, select

from app import create_app
from app.core.accounts.passwords import hash_password
from app.core.accounts.secrets import seal
from app.core.addresses import domains
from app.core.hosting import SigerFlask
from app.demo.content import DemoAccount, DemoSecrets
from app.demo.progress import Progress
from app.demo.residents import AVERAGE
from app.demo.seed import DISTRICTS, seed_demo
from app.extensions import db
from app.government.residents import codes
from app.government.residents.models import Resident
from app.province.knowledge.services import load_shipped
from app.province.life.models import DeletionCertificate, VillageDeed
from app.province.onboarding.applications import links
from app.province.onboarding.applications.models import Application
from app.province.onboarding.invitations import tokens
from app.province.onboarding.invitations.models import OnboardingInvitation
from app.settings import Settings
from tenants.models import TenantRow, TenantState, now
from tenants.registry import find_tenant
from tenants.scope import platform_scope, tenant_scope
from tests.e2e.house import PROVINCE, Login
from tests.support.people import make_account
from tests.support.selfservice import PIN, an_account, numbers_of

# A few people in each village are enough for what browsers look at.
RESIDENTS = 120
PHONES = 7
PASSWORD = "kopi-lada-damar-2048"
# One for each test that signs in with a code: a code is good once.
ADMINS = ("story", "plain", "pages", "visitor", "pictures", "wordy", "guides", "second")
WIZARD = ("desa", "pemohon", "surat", "identitas", "alamat", "periksa", "tarik")
# Who works in which of the demo's villages, counted from the first.
CLERKS = {
    "secretary": 0, "leaver": 0, "neighbour": 1, "neighbour_two": 1, "host": 2, "plain": 3, "register": 4,
    "register_phone": 5, "register_plain": 6, "wordy": 7, "guides": 0,
}  # fmt: skip


def main() -> None:
    """Fill and describe."""
    app = create_app(Settings())
    with app.app_context():
        in_full = bool(os.environ.get("SIGER_SCREENSHOTS"))
        districts, residents = (DISTRICTS, AVERAGE) if in_full else (DISTRICTS[:1], RESIDENTS)
        content = seed_demo(
            Progress(sys.stderr), DemoSecrets(os.environ["SECRET_KEY"]), districts, residents, 4
        )
    with app.app_context(), platform_scope():
        load_shipped()
    logins = [_admin(app, name) for name in ADMINS]
    logins += [_clerk(app, content.villages[number].code, name) for name, number in CLERKS.items()]
    logins += [_as_login(account) for account in content.accounts]
    described = {
        "villages": [asdict(village) for village in content.villages],
        "logins": [asdict(login) for login in logins],
        "untouched": _untouched(app),
        "residents": _residents(app, content.villages[-1].code),
        "secret_paths": _secret_paths(app),
    }
    _waiting_domain(app, content.villages[0].code)
    print(json.dumps(described))


def _admin(app: SigerFlask, name: str) -> Login:
    secret = pyotp.random_base32()
    with app.app_context():
        sealed = seal("totp", secret)
    account = make_account(
        app, role="province_admin", region="18", email=f"{name}@provinsi.test", name=f"Admin {name.title()}",
        password_hash=hash_password(PASSWORD), totp_secret=sealed, totp_confirmed_at=now(),
    )  # fmt: skip
    return Login(f"admin:{name}", account.name, account.email, PASSWORD, PROVINCE, secret)


def _clerk(app: SigerFlask, code: str, name: str) -> Login:
    with app.app_context():
        tenant = find_tenant(code)
    account = make_account(
        app, tenant=tenant, role="secretary", email=f"{name}@desa.test", name=name.replace("_", " ").title(),
        password_hash=hash_password(PASSWORD),
    )  # fmt: skip
    return Login(f"clerk:{name}", account.name, account.email, PASSWORD, f"{tenant.slug}.{PROVINCE}")


def _as_login(account: DemoAccount) -> Login:
    host = account.host.partition(":")[0]
    return Login(account.role, account.name, account.login, account.password, host, account.totp_secret)


def _residents(app: SigerFlask, code: str) -> list[dict[str, str]]:
    """Grown residents of different households with an account for their phone."""
    with app.app_context():
        tenant = find_tenant(code)
        with tenant_scope(tenant):
            query = (
                select(Resident.household_id, func.min(cast(Resident.id, Text)))
                .where(Resident.vital_status == codes.ALIVE, Resident.birth_date < dt.date(1995, 1, 1))
                .where(Resident.nik_index.isnot(None), Resident.household_id.isnot(None))
                .group_by(Resident.household_id)
                .order_by(Resident.household_id)
                .limit(PHONES)
            )
            ids = [uuid.UUID(first) for _household, first in db.session.execute(query)]
    found = []
    for resident_id in ids:
        an_account(app, tenant, resident_id)
        with app.app_context(), tenant_scope(tenant):
            name = db.session.get_one(Resident, resident_id).name
        nik = numbers_of(app, tenant, resident_id)["nik"]
        host = f"{tenant.slug}.{PROVINCE}"
        found.append(
            {"host": host, "code": code, "name": name, "nik": nik, "pin": PIN, "id": str(resident_id)}
        )
    return found


def _untouched(app: SigerFlask) -> list[dict[str, str]]:
    """Desa that nobody has prepared yet, for tests that prepare one."""
    query = select(TenantRow).where(
        TenantRow.schema_name.is_(None),
        TenantRow.kind == "desa",
        TenantRow.state == TenantState.LISTED,
        TenantRow.software.is_(None),
    )
    with app.app_context(), platform_scope():
        rows = db.session.scalars(query.order_by(TenantRow.code.desc()).limit(6)).all()
        return [
            {"code": row.code, "name": row.name, "slug": row.slug, "host": f"{row.slug}.{PROVINCE}"}
            for row in rows
        ]


def _secret_paths(app: SigerFlask) -> list[str]:
    """Where an application in each state, an invitation and a certificate of deletion are opened without an account."""
    complete = select(Application).where(
        Application.slug.is_not(None), Application.letter_file_id.is_not(None)
    )
    newest = complete.distinct(Application.state).order_by(Application.state, Application.created_at.desc())
    with app.app_context(), platform_scope():
        applications = {one.state: one for one in db.session.scalars(newest)}
        own = {state: f"/daftar/{links.address_token(one)}" for state, one in applications.items()}
        invitation = db.session.scalars(
            select(OnboardingInvitation).where(OnboardingInvitation.ended_at.is_(None)).limit(1)
        ).one()
        certificate = db.session.scalars(select(DeletionCertificate).limit(1)).one()
        # Its link counts for two days from here.
        applications["confirming"].confirm_asked_at = now()
        db.session.commit()
        split = db.session.scalars(select(VillageDeed).where(VillageDeed.kind == "split").limit(1)).one()
        return [
            *own.values(),
            *(f"{own['draft']}/{step}" for step in WIZARD),
            f"/daftar/konfirmasi/{links.confirm_text(applications['confirming'])}",
            f"/undangan/{tokens.token_of(invitation)}",
            f"/cek-penghapusan/{certificate.token}",
            f"/perubahan-desa/{split.id}",
        ]


def _waiting_domain(app: SigerFlask, code: str) -> None:
    """A domain that waits for its proof, and that nobody looks for in the network."""
    with app.app_context(), platform_scope():
        claim = domains.add(find_tenant(code).id, "desa-gisting.desa.id", by="Sekretaris")
        claim.next_check_at = None
        db.session.commit()


if __name__ == "__main__":
    main()
