"""The people of the demo: officers above the villages and staff in them. Invented, every one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select

from app.core.accounts.models import Account, Membership
from app.core.accounts.passwords import hash_password
from app.core.accounts.second_factor import SEAL
from app.core.accounts.secrets import seal
from app.demo.content import DemoAccount, DemoSecrets
from app.demo.villages import SKETCHES
from app.extensions import db
from tenants.models import TenantRow, now

MAIL_DOMAIN = "siger.test"


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody above the villages; `region` is what they see."""

    role: str
    name: str
    mailbox: str
    region: str
    second_factor: bool = False


OFFICERS = (
    Officer("province_admin", "Ratna Dewi Puspita", "admin", "18", second_factor=True),
    Officer("province_admin", "Bambang Wicaksono", "wicaksono", "18", second_factor=True),
    Officer("province_analyst", "Yoga Pratama", "analis", "18"),
    Officer("regency_admin", "Hendra Saputra", "tanggamus", "18.06"),
    Officer("regency_analyst", "Lia Marlina", "waykanan", "18.08"),
    Officer("district_officer", "Sumarno", "gisting", "18.06.20"),
    Officer("mentor", "Eka Wulandari", "pendamping", "18.06.20"),
    Officer("district_officer", "Rosmala Dewi", "negarabatin", "18.08.11"),
    Officer("mentor", "Sigit Prabowo", "pendamping.negarabatin", "18.08.11"),
)

# Two villages are staffed in full, so that every role can be looked through; the others have their secretary.
FULLY_STAFFED = ("gisting-atas", "negara-batin-way-kanan")
FULL_STAFF = (
    ("village_head", "kepala"),
    ("operator", "operator"),
    ("treasurer", "bendahara"),
    ("section_staff", "seksi"),
    ("cadre", "kader"),
    ("council", "bhp"),
)
FIRST_NAMES = (
    "Agus Setiawan", "Siti Rohmah", "Edi Susanto", "Nur Aini", "Rahmat Hidayat", "Dewi Sartika", "Joko Purnomo",
    "Sri Wahyuni", "Zainal Abidin", "Yuliana", "Bambang Irawan", "Fitriani", "Suparman", "Maya Sari", "Ahmad Fauzi",
    "Rina Oktavia", "Mukhlis", "Tri Handayani", "Iwan Kurniawan", "Nuraini Hasan", "Slamet Riyadi", "Eni Kusrini",
    "Hasanudin", "Wulan Safitri", "Darmawan", "Lestari Ningsih", "Taufik Rahman", "Mega Utami", "Sugeng Widodo",
    "Aminah", "Rudi Hartono", "Yanti Kusuma", "Marzuki", "Desi Ratnasari", "Kholid", "Puji Astuti",
)  # fmt: skip


def seed_accounts(rows: list[TenantRow], secrets: DemoSecrets, base_host: str) -> list[DemoAccount]:
    """Make the accounts that are missing, inside a platform scope, and describe all of them.

    The secretary of the first village also keeps the second one's books, to show one account for two hosts.
    """
    known = {
        a.email: a
        for a in db.session.scalars(select(Account).where(Account.email.endswith("@" + MAIL_DOMAIN)))
    }
    accounts: list[DemoAccount] = []
    for officer in OFFICERS:
        login = f"{officer.mailbox}@{MAIL_DOMAIN}"
        totp = secrets.totp_secret(login) if officer.second_factor else None
        described = DemoAccount(officer.role, officer.name, login, secrets.password(login), base_host, totp)
        if login not in known:
            _make(described, [Membership(region_code=officer.region, role=officer.role)])
        accounts.append(described)
    names = iter(FIRST_NAMES)
    for number, row in enumerate(rows):
        posts = [("secretary", "sekretaris"), *(FULL_STAFF if row.slug in FULLY_STAFFED else ())]
        for role, mailbox in posts:
            login = f"{mailbox}.{row.slug}@{MAIL_DOMAIN}"
            host = f"{row.slug}.{base_host}"
            described = DemoAccount(
                role, name_of(role, row.code, next(names)), login, secrets.password(login), host
            )
            if login not in known:
                held = [Membership(tenant_id=row.id, role=role)]
                if number == 0 and role == "secretary":
                    held.append(Membership(tenant_id=rows[1].id, role="operator"))
                _make(described, held)
            accounts.append(described)
    db.session.commit()
    return accounts


def name_of(role: str, code: str, usual: str) -> str:
    """What the account of a role is called: head and secretary as the village's own officials are."""
    sketch = SKETCHES.get(code)
    own = {"village_head": sketch.head, "secretary": sketch.secretary} if sketch else {}
    return own.get(role, usual)


def phone_of(whose: str) -> str:
    """A telephone number for somebody of the demo: of a block that nobody was given."""
    number = int.from_bytes(hashlib.sha256(whose.encode()).digest()[:4], "big") % 10_000
    return f"0812-0000-{number:04d}"


def _make(described: DemoAccount, memberships: list[Membership]) -> None:
    account = Account(
        email=described.login,
        name=described.name,
        phone=phone_of(described.login),
        password_hash=hash_password(described.password),
    )
    if described.totp_secret:
        account.totp_secret = seal(SEAL, described.totp_secret)
        account.totp_confirmed_at = now()
    db.session.add(account)
    db.session.flush()
    for membership in memberships:
        membership.account_id = account.id
        db.session.add(membership)
