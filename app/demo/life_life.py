"""What happened to a few villages of the demo: one closed for a while, one archived, one divided, one on its way to be
deleted and one that was.

They are such as do not use Siger yet, so that nobody's story is told over.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from flask import Flask, current_app
from sqlalchemy import Select, select

from app.core.accounts.models import Account, Membership
from app.core.actors import Actor, acting_as
from app.core.ui.formats import date
from app.core.village.models import SubArea
from app.core.village.seed import seed_village
from app.demo.accounts import MAIL_DOMAIN
from app.demo.residents import settle_village
from app.extensions import db
from app.province import services
from app.province.life import carrying, closing, deletion, planning
from app.province.life.models import VillageDeed
from app.province.onboarding.applications.models import OPEN_STATES, Application
from app.province.onboarding.applications.rows import EDITABLE
from app.settings import Settings
from tenants.models import TenantRow, TenantState, now
from tenants.provisioning import provision_many
from tenants.registry import hosts_changed, load_tenant
from tenants.scope import platform_scope, tenant_scope

SECOND = ("Bambang Wicaksono", "wicaksono")
"""The second province admin, whom a deletion needs."""
FIRST = f"admin@{MAIL_DOMAIN}"
AREAS = ("Dusun Sinar Baru", "Dusun Sinar Lama", "Dusun Way Lima", "Dusun Talang Jawa")
PEOPLE = 240
MOST = 60
"""Among so many free villages, the first by code, the six are chosen."""
DAYS_LEFT = 12


def seed_life(app: Flask | None = None) -> int:
    """Let it happen where nothing did; inside an application context, outside of any scope. Commits.

    Returns how many villages it happened to; 0 where too few are free.
    """
    del app
    with platform_scope():
        if db.session.scalar(select(VillageDeed.id).limit(1)) is not None:
            return 0
        free = (
            TenantRow.schema_name.is_(None),
            TenantRow.software.is_(None),
            TenantRow.kind == "desa",
            TenantRow.state == TenantState.LISTED,
            TenantRow.id.not_in(_applied_for()),
        )
        found = list(db.session.scalars(select(TenantRow).where(*free).order_by(TenantRow.code).limit(MOST)))
    pairs = [pair for pair in pairwise(found) if pair[0].district_code == pair[1].district_code]
    if not pairs or len(found) < 6:
        return 0
    # The new village's code is listed already, as after the ministry's next list.
    mother, daughter = pairs[0]
    rows = [*(row for row in found if row not in pairs[0])][:4]
    _provision([*rows, mother])
    with platform_scope():
        first, second = _first(), _second()
        if first is None:
            return 0
        suspended, archived, leaving, gone = rows
        _fill(gone)
        with acting_as(first):
            _live([*rows, mother])
            services.suspend_village(
                suspended.id,
                reason=f"Kepala {suspended.term.lower()} berganti dan serah terima akun belum selesai.",
            )
            closing.archive_village(
                archived.id,
                reason=f"{archived.term} memakai sistem informasi kabupaten sejak awal tahun.",
            )
            for row in (leaving, gone):
                deletion.ask(
                    row.id,
                    reason=f"{row.term} berhenti memakai Siger dan meminta datanya dihapus.",
                    regulation=f"Surat Kepala {row.term} Nomor 140/27/2026",
                    typed_name=row.name,
                )
        with acting_as(second):
            deletion.ask(
                archived.id,
                reason="Data sudah dipindahkan seluruhnya ke sistem kabupaten.",
                regulation=f"Surat Bupati {_short(archived)} Nomor 412/118/2026",
                typed_name=archived.name,
            )
            for row in (leaving, gone):
                deletion.agree(_deed(row).id)
        _pass_days(_deed(leaving), 30 - DAYS_LEFT)
        _say_the_day(leaving)
        _pass_days(_deed(gone), 31)
        deletion.carry_out(_deed(gone).id)
    _divide(mother, daughter, first)
    return len(rows) + 2


def _applied_for() -> Select[uuid.UUID | None]:
    """The villages for which somebody applies just now, or began to."""
    return select(Application.tenant_id).where(
        Application.tenant_id.is_not(None), Application.state.in_({*OPEN_STATES, *EDITABLE})
    )


def _short(row: TenantRow) -> str:
    """`Tanggamus` of `Kabupaten Tanggamus`."""
    return row.regency_name.removeprefix("Kabupaten ")


def _provision(rows: Sequence[TenantRow]) -> None:
    settings: Settings = cast(Settings, current_app.config["SETTINGS"])
    provision_many(
        settings.owner_database_url,
        [row.id for row in rows],
        role_prefix=settings.tenant_role_prefix,
        seed=seed_village,
    )
    hosts_changed()


def _fill(row: TenantRow) -> None:
    """Some people, so that there is something to delete."""
    with tenant_scope(load_tenant(row.id)):
        settle_village(PEOPLE // 2)


def _live(rows: Sequence[TenantRow]) -> None:
    """They are in use for some months."""
    for row in rows:
        fresh = db.session.get_one(TenantRow, row.id, populate_existing=True)
        fresh.state, fresh.live_at = TenantState.ACTIVE, now() - dt.timedelta(days=200)
        fresh.last_activity_at = now() - dt.timedelta(days=2)
    db.session.commit()


def _first() -> Actor | None:
    account = db.session.scalars(select(Account).where(Account.email == FIRST)).one_or_none()
    return _actor(account) if account is not None else None


def _second() -> Actor:
    name, mailbox = SECOND
    email = f"{mailbox}@{MAIL_DOMAIN}"
    account = db.session.scalars(select(Account).where(Account.email == email)).one_or_none()
    if account is None:
        account = Account(email=email, name=name)
        db.session.add(account)
        db.session.flush()
        db.session.add(Membership(account_id=account.id, region_code="18", role="province_admin"))
        db.session.commit()
    return _actor(account)


def _actor(account: Account) -> Actor:
    return Actor(account_id=account.id, name=account.name, email=account.email, region_code="18")


def _deed(row: TenantRow) -> VillageDeed:
    query = select(VillageDeed).where(VillageDeed.tenant_id == row.id)
    return db.session.scalars(query.order_by(VillageDeed.created_at.desc()).limit(1)).one()


def _pass_days(deed: VillageDeed, days: int) -> None:
    """Let so many days have passed since two people agreed."""
    passed = dt.timedelta(days=days)
    deed.asked_at, deed.created_at = deed.asked_at - passed, deed.created_at - passed
    deed.agreed_at = deed.agreed_at - passed if deed.agreed_at else None
    deed.due_at = deed.due_at - passed if deed.due_at else None
    db.session.commit()


def _say_the_day(row: TenantRow) -> None:
    """The closed village's address names the day on which its data goes."""
    fresh, deed = db.session.get_one(TenantRow, row.id, populate_existing=True), _deed(row)
    assert deed.due_at is not None
    fresh.state_reason = f"Datanya akan dihapus pada {date(deed.due_at)}."
    fresh.state_since = deed.agreed_at or fresh.state_since
    db.session.commit()


def _divide(mother: TenantRow, daughter: TenantRow, actor: Actor) -> None:
    """Give a village people in four sub-areas, and let two of these become a village of their own."""
    with tenant_scope(load_tenant(mother.id)):
        for order, name in enumerate(AREAS):
            db.session.add(SubArea(kind="sub_area", name=name, sort_order=order))
        db.session.commit()
        settle_village(PEOPLE)
    with platform_scope(), acting_as(actor):
        deed = planning.plan_split(
            mother.id,
            {
                "code": daughter.code,
                "name": daughter.name,
                "slug": "",
                "acting_name": "Herman Syah",
                "acting_title": f"Pj. Kepala {mother.term}",
                "acting_email": f"herman.syah@{MAIL_DOMAIN}",
                "regulation": f"Perda Kabupaten {_short(mother)} Nomor 4 Tahun 2026",
                "regulation_on": now().date() - dt.timedelta(days=40),
                "effective_on": now().date() - dt.timedelta(days=5),
                "reason": f"Dua dusun terpisah sungai dari kantor {mother.term.lower()}, warga menempuh 14 kilometer.",
            },
        )
        carrying.count(deed.id)
        db.session.refresh(deed)
        planning.choose_areas(deed.id, [area["id"] for area in deed.plan["areas"][2:]])
        planning.let_run(deed.id, daughter.name, plan_seen=planning.seen(deed), ticked=deed.plan["chosen"])
        carrying.carry_out(deed.id)
