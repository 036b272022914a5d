"""Two villages of the demo at their beginning: one half-way through its set-up, one in its first week. All invented."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import Flask
from sqlalchemy import select, update

from app.core.accounts.loading import build_actor
from app.core.accounts.models import Account, Membership
from app.core.accounts.passwords import hash_password
from app.core.actors import Actor, acting_as
from app.core.village import queries
from app.core.village import services as village
from app.core.village.hours import OpeningHours
from app.core.village.options import choose_options, options_of
from app.core.village.seed import seed_village
from app.core.village.setup import KEYS, OPTIONS
from app.demo.accounts import MAIL_DOMAIN, phone_of
from app.demo.content import DemoAccount, DemoSecrets
from app.demo.emblems import emblem
from app.extensions import db
from app.government.letters.books.continuing import continue_numbers
from app.province.onboarding.applications.models import Application
from app.province.onboarding.setup import services
from app.province.onboarding.setup.jobs import look_after
from app.province.onboarding.setup.models import VillageSetup
from app.settings import Settings
from tenants.models import TenantRow, TenantState, now
from tenants.provisioning import provision_many
from tenants.registry import hosts_changed, load_tenant
from tenants.scope import Tenant, platform_scope, tenant_scope

REGENCY = "18.06"
WAITING = (TenantState.LISTED, TenantState.INVITED)
PEOPLE = (("Wahyu Kurniawan", "Hermansyah"), ("Endang Lestari", "Supriyanto"))
"""The secretary, who sets up, and the head of each village."""
SUB_AREAS = ("Sukamaju", "Way Tebu", "Talang Jawa", "Sinar Baru")
LIVE_DAYS = 3


def seed_setting_up(app: Flask, secrets: DemoSecrets | None = None) -> list[DemoAccount]:
    """Let one village be half-way and another one in its first week; safe to run again.

    Takes two villages of Tanggamus that nobody has asked for, outside of any scope; commits.

    Args:
        secrets: where the demo keeps passwords; None: nobody of these villages can sign in.
    Returns:
        The accounts that may sign in.
    """
    with app.app_context():
        settings: Settings = app.config["SETTINGS"]
        with platform_scope():
            if db.session.scalar(select(VillageSetup.tenant_id).limit(1)) is not None:
                return _described(secrets, settings.base_host) if secrets is not None else []
            ids = _chosen()
        provision_many(
            settings.owner_database_url, ids, role_prefix=settings.tenant_role_prefix, seed=seed_village
        )
        hosts_changed()
        accounts: list[DemoAccount] = []
        for number, tenant_id in enumerate(ids):
            tenant = load_tenant(tenant_id)
            described = _account(tenant, PEOPLE[number][0], secrets, settings.base_host)
            accounts += [described] if secrets is not None else []
            _half_way(tenant, described.login, number)
            if number == 1:
                _first_week(tenant, described.login)
            look_after(tenant_id)
        return accounts


def _chosen() -> list[uuid.UUID]:
    asked = select(Application.tenant_id).where(Application.tenant_id.is_not(None))
    query = (
        select(TenantRow.id)
        .where(
            TenantRow.regency_code == REGENCY, TenantRow.kind == "desa", TenantRow.schema_name.is_(None),
            TenantRow.software.is_(None), TenantRow.state.in_(WAITING), TenantRow.id.not_in(asked),
        )
        .order_by(TenantRow.code.desc())
        .limit(2)
    )  # fmt: skip
    return list(db.session.scalars(query))


def _described(secrets: DemoSecrets, base_host: str) -> list[DemoAccount]:
    """The accounts that an earlier run has made, in its order."""
    query = (
        select(TenantRow.slug, Account.name, Account.email)
        .join(Membership, Membership.account_id == Account.id)
        .join(TenantRow, TenantRow.id == Membership.tenant_id)
        .join(VillageSetup, VillageSetup.tenant_id == TenantRow.id)
        .where(Account.email == "sekretaris." + TenantRow.slug + "@" + MAIL_DOMAIN)
        .where(Account.name.in_([secretary for secretary, _ in PEOPLE]))
        .order_by(TenantRow.code.desc())
    )
    return [
        DemoAccount("secretary", name, login, secrets.password(login), f"{slug}.{base_host}")
        for slug, name, login in db.session.execute(query)
    ]


def _account(tenant: Tenant, name: str, secrets: DemoSecrets | None, base_host: str) -> DemoAccount:
    """The secretary's account."""
    login = f"sekretaris.{tenant.slug}@{MAIL_DOMAIN}"
    password = secrets.password(login) if secrets is not None else ""
    with platform_scope():
        account = Account(
            email=login,
            name=name,
            phone=phone_of(login),
            password_hash=hash_password(password) if password else None,
        )
        db.session.add(account)
        db.session.flush()
        db.session.add(Membership(account_id=account.id, tenant_id=tenant.id, role="secretary"))
        db.session.commit()
    return DemoAccount("secretary", name, login, password, f"{tenant.slug}.{base_host}")


def _actor(tenant: Tenant, login: str) -> Actor:
    with platform_scope():
        account_id = db.session.scalars(select(Account.id).where(Account.email == login)).one()
        actor = build_actor(account_id, tenant.id)
    assert actor is not None
    return actor


def _half_way(tenant: Tenant, login: str, number: int) -> None:
    """The steps that both have taken: contact and hours, officials, sub-areas; the residents were put off."""
    actor = _actor(tenant, login)
    secretary, head = PEOPLE[number]
    with acting_as(actor), tenant_scope(tenant):
        village.change_identity(
            {
                "address": f"Jalan Raya {tenant.name} Nomor {number + 4}",
                "postal_code": "35379",
                "whatsapp": f"0812-0000-{7100 + number}",
            }
        )
        village.change_hours(OpeningHours.from_json(dict(queries.profile().opening_hours)))
        services.note("identity", "done", actor)
        services.add_officials(
            [
                {"row": 0, "name": head, "title": "", "position": "head"},
                {"row": 1, "name": secretary, "title": tenant.word("secretary"), "position": "secretary"},
                {"row": 2, "name": "Novi Handayani", "title": "", "position": "treasurer"},
            ],
            actor,
        )
        services.add_areas(SUB_AREAS[number : number + 3], actor)
        services.note("residents", "skipped", actor)


def _first_week(tenant: Tenant, login: str) -> None:
    """The rest of the steps, opened three days ago, and what was done since."""
    actor = _actor(tenant, login)
    with acting_as(actor), tenant_scope(tenant):
        continue_numbers({"": 86}, 41, year=queries.today().year)
        services.note("numbers", "done", actor)
        village.switch_capabilities(["selfservice", "complaints"])
        services.note("capabilities", "done", actor)
        village.change_look(
            {"accent": "#2f6b3a", "letterhead_lines": []},
            logo=village.Upload(emblem(5, "#2f6b3a"), "logo.png"),
        )
        services.note("look", "done", actor)
        head = {
            "row": 0,
            "email": f"kepala.{tenant.slug}@{MAIL_DOMAIN}",
            "name": PEOPLE[1][1],
            "role": "village_head",
        }
        services.invite([head], actor)
        services.go_live(actor)
        opened = now() - dt.timedelta(days=LIVE_DAYS)
        steps = options_of(OPTIONS)["steps"]
        for at, key in enumerate(key for key in KEYS if key in steps):
            steps[key]["at"] = (opened - dt.timedelta(minutes=6 * (len(steps) - at - 1))).isoformat()
        choose_options(OPTIONS, {"steps": steps})
        db.session.commit()
        services.tick("poster", actor)
    with platform_scope():
        db.session.execute(
            update(TenantRow).where(TenantRow.id == tenant.id).values(live_at=opened, state_since=opened)
        )
        db.session.commit()
    hosts_changed()
