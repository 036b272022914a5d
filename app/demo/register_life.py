"""What a register holds besides people: requests about their data, papers, portraits, files that were imported.

All of it goes through the services that a clerk's own clicks go through, in the name of the village's secretary. Only
the days of requests are set back afterwards: one is to be seen shortly before its time is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.accounts.models import Account, Membership
from app.core.actors import Actor, acting_as
from app.core.indicators import adoption
from app.core.indicators.declarations import ZONE
from app.core.indicators.services import refresh_village
from app.demo.pictures import portrait, scan
from app.demo.register_files import send_files
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.filters import age_on
from app.government.residents.documents.services import add_document, set_photo
from app.government.residents.imports.services import Asker
from app.government.residents.models import DataRequest, Resident, ResidentDocument
from app.government.residents.rights.retention import choose_retention, retention
from app.government.residents.rights.services import answer_request, make_copy, receive_request
from app.government.residents.writing import today
from tenants.models import TenantRow, now
from tenants.registry import load_tenant
from tenants.scope import Tenant, platform_scope, tenant_scope

RICHEST = ("18.06.20.2006", "18.06.20.2005", "18.08.11.2001")
"""Villages in which everything can be looked at; the others show a little of it."""
AT_WORK = dt.timedelta(days=8)
"""A village whose staff did nothing for so long stays as silent as its story has it."""
KEPT_YEARS = 10
ISLAM = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: it came on a morning at least so many hours ago; those that were answered took so many hours."""

    kind: str
    capacity: str
    text: str
    hours: int
    answer: str = ""
    took: int = 0


ASKED = (
    Asked("correction", "self", "Tempat lahir saya di buku penduduk ditulis singkat. Mohon ditulis sama dengan akta.",
          19 * 24, "Sudah dicocokkan dengan akta kelahiran; tulisannya kini sama.", 26),
    Asked("access", "self", "Mohon salinan semua data saya untuk keperluan pindah tempat kerja.", 47),
    Asked("access", "guardian", "Mohon salinan data anak untuk pendaftaran sekolah.", 40 * 24,
          "Salinan diserahkan langsung kepada wali di kantor.", 28),
    Asked("correction", "proxy", "Pekerjaan orang tua saya sudah berubah, mohon diperbaiki.", 2),
)  # fmt: skip
FEW = 2
PAPERS = {
    "identity_card": "KARTU TANDA PENDUDUK", "family_card": "KARTU KELUARGA", "birth_certificate": "AKTA KELAHIRAN",
    "marriage_certificate": "BUKU NIKAH", "diploma": "IJAZAH",
}  # fmt: skip


def seed_register_life(
    rows: Sequence[TenantRow], told: Callable[[int], None] | None = None, richest: Sequence[str] = RICHEST
) -> int:
    """Let the registers of villages whose staff is at work hold more than people; return how many got something.

    Runs outside of any scope, commits, and leaves alone what is there already; safe to run again.

    Args:
        told: called after each village with how many got something so far.
        richest: codes of the villages in which all of it can be looked at.
    """
    with platform_scope():
        query = select(Membership.tenant_id, Account).join(Account, Account.id == Membership.account_id)
        query = query.where(Membership.role == "secretary").order_by(Membership.created_at.desc())
        keepers = {key: Actor(who.id, who.name, who.email) for key, who in db.session.execute(query)}
        db.session.rollback()
    filled = 0
    for row in rows:
        if row.id in keepers and fill_register(
            load_tenant(row.id), keepers[row.id], rich=row.code in richest
        ):
            filled += 1
            if told is not None:
                told(filled)
    return filled


def fill_register(tenant: Tenant, keeper: Actor, *, rich: bool) -> bool:
    """Fill what is missing in one village in the name of who keeps its register; False when nothing was.

    Args:
        rich: everything: more requests, portraits and papers, a chosen retention, and imports.
    """
    with acting_as(keeper), tenant_scope(tenant):
        last = adoption.last_activity()
        people = _people()
        if last is None or last < now() - AT_WORK or len(people) < 40:
            return False
        done = _ask(people, ASKED if rich else ASKED[:FEW])
        done += _file_papers(people, rich=rich)
        if rich and (kept := retention()).years == 0:
            choose_retention(KEPT_YEARS, understood=True, expected=kept.version)
            done += 1
    if rich:
        with acting_as(keeper):
            sent = send_files(tenant, Asker(keeper.account_id, keeper.name))
        if sent:
            refresh_village(tenant)
        done += sent
    return bool(done)


def _people() -> list[Any]:
    """The first residents of the list, by name: those whom somebody who looks around opens first."""
    query = select(Resident.id, Resident.name, Resident.sex, Resident.birth_date, Resident.religion,
                   Resident.marital_status, Resident.household_id)  # fmt: skip
    query = query.where(Resident.vital_status == codes.ALIVE, Resident.birth_date.is_not(None))
    return list(db.session.execute(query.order_by(Resident.name, Resident.id).limit(60)))


def _ask(people: Sequence[Any], asked: Sequence[Asked]) -> int:
    """Receive requests, answer those that were, and set their days back; unless the village has some."""
    if db.session.scalar(select(DataRequest.id).limit(1)) is not None:
        return 0
    grown = [person for person in people if (age_on(today(), person.birth_date) or 0) >= 21]
    young = [person for person in people if person not in grown]
    ordered = sorted(enumerate(asked), key=lambda pair: -pair[1].hours)
    for number, what in ordered:
        asker = grown[3 * number + 1]
        about = young[number] if what.capacity == "guardian" and len(young) > number else asker
        other = grown[3 * number + 2] if what.capacity == "proxy" else asker
        contact = f"0852-0000-{1806 + 97 * number:04d}"
        request = receive_request(
            about.id, what.kind, asked_by=other.name, capacity=what.capacity, contact=contact, text=what.text
        )
        key = request.id
        if what.answer:
            if what.kind == "access":
                make_copy(key, "json", with_health=False)[0].close()
            answer_request(key, "done", what.answer)
        request = db.session.get_one(DataRequest, key)
        request.created_at = _morning(now() - dt.timedelta(hours=what.hours), number)
        if what.answer:
            request.answered_at = request.created_at + dt.timedelta(hours=what.took)
        db.session.commit()
    return len(asked)


def _morning(moment: dt.datetime, number: int) -> dt.datetime:
    """The last moment before this one in which an office is open in the morning, another for each request."""
    local = moment.astimezone(ZONE)
    morning = local.replace(hour=10, minute=7 + 13 * number % 50, second=0, microsecond=0)
    return (morning if morning <= local else morning - dt.timedelta(days=1)).astimezone(dt.UTC)


def _file_papers(people: Sequence[Any], *, rich: bool) -> int:
    """Portraits and papers of the first residents, unless the village has any. One paper is an image, if rich."""
    if db.session.scalar(select(ResidentDocument.id).limit(1)) is not None:
        return 0
    portraits, papers = (6, 5) if rich else (1, 1)
    for number, person in enumerate(people[:portraits]):
        age = age_on(today(), person.birth_date) or 0
        scarf = person.religion == ISLAM and age > 5
        set_photo(person.id, portrait(number, woman=person.sex == 2, child=age < 14, scarf=scarf))
    for number, person in enumerate(people[:papers]):
        as_pdf = number > 0 or not rich
        grown = (age_on(today(), person.birth_date) or 0) >= 17
        first = "identity_card" if grown else "birth_certificate"
        _file(first, number, as_pdf=as_pdf, resident_id=person.id)
        if rich and grown:
            later = "marriage_certificate" if person.marital_status > 1 else "diploma"
            _file(later, number, as_pdf=True, resident_id=person.id)
        if person.household_id is not None:
            _file("family_card", number, as_pdf=True, household_id=person.household_id)
    return portraits + papers


def _file(kind: str, number: int, *, as_pdf: bool, **owner: Any) -> None:
    add_document(scan(PAPERS[kind], number, as_pdf=as_pdf), kind, "", **owner)
