"""Residents' accounts as staff see them: the list, one account's page, the section on a resident's page."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select

from app.core.casework.files import files_of
from app.core.casework.models import CaseFile, CaseStep
from app.core.casework.steps import steps_of
from app.core.village.errors import Missing
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.filters import name_contains
from app.government.residents.derive import is_anonymous
from app.government.residents.models import Resident
from app.government.selfservice.accounts.activation import KTP
from app.government.selfservice.accounts.staffing import what_is_missing
from app.government.selfservice.models import PortalAccount, PortalSession
from tenants.models import now

PAGE = 25
STATES = {
    "waiting": _l("Menunggu persetujuan"),
    "locked": _l("Terkunci"),
    "invited": _l("Belum diaktifkan"),
    "active": _l("Aktif"),
    "closed": _l("Ditutup"),
}
"""States in the order of the list: what waits for staff comes first."""
TONES = {"waiting": "warning", "locked": "error", "invited": "info", "active": "success", "closed": "neutral"}
STEPS = {
    "code_given": _l("Kode diberikan"),
    "code_voided": _l("Kode dibatalkan: salah lima kali"),
    "activated": _l("Diaktifkan dengan kode"),
    "applied": _l("Meminta akun dengan foto KTP"),
    "approved": _l("Disetujui"),
    "refused": _l("Ditolak"),
    "locked": _l("Terkunci: PIN salah sepuluh kali"),
    "unlocked": _l("Dibuka kembali"),
    "closed": _l("Ditutup"),
    "left": _l("Ditutup: tidak lagi tinggal di sini"),
    "gone_over": _l("Beralih ke desa lain"),
    "came_over": _l("Dibawa dari desa sebelumnya"),
    "signed_out": _l("Dikeluarkan dari semua perangkat"),
    "pin_changed": _l("PIN diganti"),
    "card_enrolled": _l("Kartu didaftarkan"),
    "card_removed": _l("Kartu dilepas"),
    "contact_changed": _l("Kontak atau pemberitahuan diubah"),
}


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account in the list."""

    resident_id: uuid.UUID
    name: str
    birth_date: dt.date | None
    state: str
    method: str
    updated_at: dt.datetime
    last_sign_in_at: dt.datetime | None
    is_here: bool

    @property
    def word(self) -> object:
        """The state in a word."""
        return STATES[self.state]

    @property
    def tone(self) -> str:
        """The state's tone."""
        return TONES[self.state]


@dataclass(frozen=True, slots=True)
class AccountList:
    """A page of accounts; `counts` says how many there are in each state, whatever is filtered."""

    lines: Sequence[AccountLine]
    total: int
    page: int
    counts: Mapping[str, int]

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One resident's account as staff see it; `account` is None where there is none yet."""

    resident: Resident
    account: PortalAccount | None
    steps: Sequence[CaseStep]
    photos: Sequence[CaseFile]
    devices: int
    missing: str

    @property
    def is_here(self) -> bool:
        """Whether the resident lives in the village."""
        return self.resident.vital_status == codes.ALIVE

    @property
    def state(self) -> str:
        """The account's state; `none` where there is no account."""
        return self.account.state if self.account else "none"

    @property
    def has_code(self) -> bool:
        """Whether a code waits to be used."""
        account = self.account
        return bool(
            account and account.code_hash and account.code_expires_at and account.code_expires_at > now()
        )


def account_list(words: str = "", state: str = "", page: int = 1) -> AccountList:
    """Accounts whose residents' names hold these words, those that wait for staff first. Three selects."""
    by_state = select(PortalAccount.state, func.count()).group_by(PortalAccount.state)
    counts = {row[0]: row[1] for row in db.session.execute(by_state)}
    query = select(PortalAccount).join(Resident, Resident.id == PortalAccount.resident_id)
    for word in words.replace("\x00", "").split()[:8]:
        query = query.where(name_contains(Resident.name, word))
    if state in STATES:
        query = query.where(PortalAccount.state == state)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = min(max(1, page), max(1, -(-total // PAGE)))
    rank = case({name: number for number, name in enumerate(STATES)}, value=PortalAccount.state)
    rows: Any = db.session.execute(
        query.with_only_columns(
            Resident.id,
            Resident.name,
            Resident.birth_date,
            PortalAccount.state,
            PortalAccount.method,
            PortalAccount.updated_at,
            PortalAccount.last_sign_in_at,
            Resident.vital_status == codes.ALIVE,
        )
        .order_by(rank, Resident.name, Resident.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return AccountList([AccountLine(*row) for row in rows], total, page, counts)


def waiting_accounts() -> int:
    """How many applications wait for a clerk: the menu's badge."""
    query = select(func.count()).select_from(PortalAccount).where(PortalAccount.state == "waiting")
    return db.session.scalar(query) or 0


def account_page(resident_id: uuid.UUID) -> AccountPage:
    """One resident's account with its steps, photos and devices: at most six selects. Raises Missing."""
    resident = db.session.get(Resident, resident_id)
    if resident is None or is_anonymous(resident.name):
        raise Missing("resident")
    account = account_of(resident_id)
    missing = what_is_missing(resident)
    if account is None:
        return AccountPage(resident, None, [], [], 0, missing)
    devices = db.session.scalar(
        select(func.count())
        .select_from(PortalSession)
        .where(PortalSession.account_id == account.id, PortalSession.ended_at.is_(None))
        .where(PortalSession.expires_at > now())
    )
    photos = [file for file in files_of(account.id) if file.kind == KTP]
    return AccountPage(resident, account, steps_of(account.id), photos, devices or 0, missing)


def account_of(resident_id: uuid.UUID) -> PortalAccount | None:
    """A resident's account, or None: one select."""
    return db.session.scalars(
        select(PortalAccount).where(PortalAccount.resident_id == resident_id)
    ).one_or_none()


def section_of(resident_id: uuid.UUID) -> AccountPage | None:
    """What the resident's page says of the account: one select, the page has the resident already."""
    resident = db.session.get(Resident, resident_id)
    if resident is None or is_anonymous(resident.name):
        return None
    return AccountPage(resident, account_of(resident_id), [], [], 0, "")
