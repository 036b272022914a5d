"""Buku Mutasi Penduduk (model B.2) and Buku Penduduk Sementara (model B.4): who came and who went."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Row, Select, and_, func, or_, select

from app.extensions import db
from app.government.residents import codes
from app.government.residents.books.layout import Book, BookColumn, Choice, Found, Line, Reading
from app.government.residents.books.standing import (
    Numbers,
    Words,
    address_of,
    person_columns,
    sex_letter,
)
from app.government.residents.browse.filters import age_on, within_area
from app.government.residents.derive import PERSON_CELLS
from app.government.residents.events.kinds import kind_word
from app.government.residents.ledger import NEWCOMER_CELLS, PERMANENT_CELLS
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.writing import next_month

_BORN = _l("Tempat dan tanggal lahir")
_ADDED, _TAKEN = _l("Penambahan"), _l("Pengurangan")
_SEX, _NATION = _l("Jenis kelamin"), _l("Kewarganegaraan")
_EVENT = ("kind", "happened_on", "details", "is_late", "from_cell", "to_cell")


def read_movements(choice: Choice, reading: Reading) -> Found:
    """Lines of the Buku Mutasi Penduduk: everybody who was added or taken away in the month, by date.

    The opening balance of the day on which the village began is no movement and is left out.
    """
    query = _movements(choice)
    count = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(LifeEvent.happened_on, LifeEvent.id).offset(reading.offset).limit(reading.limit)
    rows = db.session.execute(ordered)
    cells = _cells(choice)
    return Found([_movement(at, row, cells) for at, row in enumerate(rows, start=reading.offset + 1)], count)


def _cells(choice: Choice) -> tuple[int, ...]:
    return PERMANENT_CELLS if choice.part == "permanent" else PERSON_CELLS


def _movements(choice: Choice) -> Select[Any]:
    cells = _cells(choice)
    came = and_(LifeEvent.to_cell.in_(cells), _outside(LifeEvent.from_cell, cells))
    went = and_(LifeEvent.from_cell.in_(cells), _outside(LifeEvent.to_cell, cells))
    query = (
        person_columns(func.coalesce(LifeEvent.to_area_id, LifeEvent.from_area_id))
        .add_columns(*(getattr(LifeEvent, name) for name in _EVENT))
        .join(LifeEvent, LifeEvent.resident_id == Resident.id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(
            LifeEvent.month == choice.month,
            LifeEvent.undone_at.is_(None),
            LifeEvent.kind != "opening",
            or_(came, went),
        )
    )
    if choice.area_id is not None:
        inside = within_area(choice.area_id)
        query = query.where(or_(LifeEvent.to_area_id.in_(inside), LifeEvent.from_area_id.in_(inside)))
    return query


def _outside(cell: Any, cells: tuple[int, ...]) -> Any:
    return or_(cell.is_(None), cell.not_in(cells))


def _movement(at: int, row: Row[Any], cells: tuple[int, ...]) -> Line:
    details: Mapping[str, Any] = row.details or {}
    added = row.to_cell in cells and row.from_cell not in cells
    came = went = died = ""
    if added:
        came = origin_of(details) or kind_word(row.kind)
    elif row.kind == "death":
        died = str(details.get("place") or "") or kind_word("death")
    else:
        went = destination_of(details) or kind_word(row.kind)
    remark = [kind_word(row.kind)] + ([str(_("dilaporkan terlambat"))] if row.is_late else [])
    return [
        at,
        row.name,
        row.birth_place,
        row.birth_date,
        sex_letter(row),
        codes.word("nationality", row.nationality),
        came,
        row.happened_on if came else None,
        went,
        row.happened_on if went else None,
        died,
        row.happened_on if died else None,
        ", ".join(remark),
    ]


def origin_of(details: Mapping[str, Any]) -> str:
    """Where somebody came from, as the event notes it."""
    return str(details.get("origin") or "")


def destination_of(details: Mapping[str, Any]) -> str:
    """Where somebody went: the place that was named, else how far away it lies."""
    return str(details.get("destination") or "") or str(codes.MOVE_TARGET.get(details.get("target") or 0, ""))


def read_temporary(choice: Choice, reading: Reading) -> Found:
    """Lines of the Buku Penduduk Sementara: newcomers and temporary residents of the month, by arrival."""
    stays = _stays(choice)
    chosen = stays[reading.offset : None if reading.limit is None else reading.offset + reading.limit]
    people = _people([stay["resident_id"] for stay in chosen])
    numbers, words = Numbers(reading.vault, clear=reading.clear), Words()
    lines: list[Line] = []
    for at, stay in enumerate(chosen, start=reading.offset + 1):
        person = people[stay["resident_id"]]
        details = stay["details"]
        last_day = next_month(choice.month) - dt.timedelta(days=1)
        age = age_on(last_day, person.birth_date)
        born = ", ".join(
            part
            for part in (person.birth_place, person.birth_date and f"{person.birth_date:%d-%m-%Y}")
            if part
        )
        lines.append([
            at,
            person.name,
            "L" if person.sex == 1 else "",
            "P" if person.sex == 2 else "",
            numbers.nik(person),
            f"{born} ({age})" if age is not None else born,
            words("occupation", person.occupation),
            words("nationality", person.nationality),
            person.ethnic_group,
            origin_of(details),
            str(details.get("purpose") or details.get("reason") or ""),
            address_of(person, reading),
            stay["came"],
            stay["went"],
            words("residence_status", person.residence_status),
        ])  # fmt: skip
    return Found(lines, len(stays))


def _stays(choice: Choice) -> list[dict[str, Any]]:
    """Stays that touch the month, by arrival: resident, day and details of the arrival, day of leaving or None."""
    query = (
        select(
            LifeEvent.resident_id, LifeEvent.happened_on, LifeEvent.month, LifeEvent.details, LifeEvent.kind,
            LifeEvent.from_cell, LifeEvent.to_cell, LifeEvent.to_area_id, LifeEvent.from_area_id,
        )
        .where(
            LifeEvent.resident_id.is_not(None),
            LifeEvent.undone_at.is_(None),
            LifeEvent.month < next_month(choice.month),
            or_(LifeEvent.to_cell.in_(NEWCOMER_CELLS), LifeEvent.from_cell.in_(NEWCOMER_CELLS)),
        )
        .order_by(LifeEvent.month, LifeEvent.happened_on, LifeEvent.id)
    )  # fmt: skip
    inside = None
    if choice.area_id is not None:
        inside = set(db.session.scalars(within_area(choice.area_id)))
    open_stays: dict[uuid.UUID, dict[str, Any]] = {}
    ended = []
    for event in db.session.execute(query):
        present = event.to_cell in NEWCOMER_CELLS
        stay = open_stays.get(event.resident_id)
        if present and stay is None:
            stay = open_stays[event.resident_id] = {
                "resident_id": event.resident_id,
                "came": None if event.kind == "opening" else event.happened_on,
                "details": event.details or {},
                "went": None,
                "area_id": event.to_area_id,
            }
        elif present and stay is not None:
            stay["area_id"] = event.to_area_id
        elif stay is not None:
            del open_stays[event.resident_id]
            if event.month == choice.month:
                ended.append({**stay, "went": event.happened_on})
    found = [*open_stays.values(), *ended]
    if inside is not None:
        found = [stay for stay in found if stay["area_id"] in inside]
    return sorted(found, key=lambda stay: (stay["came"] or dt.date.min, stay["resident_id"]))


def _people(resident_ids: list[uuid.UUID]) -> dict[uuid.UUID, Row[Any]]:
    query = (
        person_columns(Resident.sub_area_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(Resident.id.in_(resident_ids))
    )
    return {row.id: row for row in db.session.execute(query)}


MOVEMENTS = Book(
    key="mutasi",
    model="B.2",
    title=_l("Buku Mutasi Penduduk"),
    short=_l("Mutasi"),
    about=_l("Siapa yang lahir, datang, pindah, dan meninggal dalam satu bulan."),
    columns=(
        BookColumn(_l("No."), shape="number", width=4),
        BookColumn(_l("Nama lengkap/panggilan"), width=20),
        BookColumn(_l("Tempat"), (_BORN,), width=12),
        BookColumn(_l("Tanggal"), (_BORN,), "date", 9),
        BookColumn(_l("Jenis kelamin"), width=5),
        BookColumn(_l("Kewarganegaraan"), width=11),
        BookColumn(_l("Datang dari"), (_ADDED,), width=15),
        BookColumn(_l("Tanggal"), (_ADDED,), "date", 9),
        BookColumn(_l("Pindah ke"), (_TAKEN,), width=15),
        BookColumn(_l("Tanggal pindah"), (_TAKEN,), "date", 9),
        BookColumn(_l("Meninggal di"), (_TAKEN,), width=12),
        BookColumn(_l("Tanggal meninggal"), (_TAKEN,), "date", 9),
        BookColumn(_l("Keterangan"), width=12),
    ),
    read=read_movements,
    has_numbers=False,
    letter_size=7.5,
)

TEMPORARY = Book(
    key="sementara",
    model="B.4",
    title=_l("Buku Penduduk Sementara"),
    short=_l("Penduduk sementara"),
    about=_l("Pendatang dan penduduk tidak tetap: dari mana, untuk apa, di mana tinggal, kapan pergi."),
    columns=(
        BookColumn(_l("No."), shape="number", width=4),
        BookColumn(_l("Nama lengkap"), width=18),
        BookColumn(_l("L"), (_SEX,), width=3),
        BookColumn(_l("P"), (_SEX,), width=3),
        BookColumn(_l("Nomor identitas/tanda pengenal"), width=16),
        BookColumn(_l("Tempat dan tanggal lahir (umur)"), width=16),
        BookColumn(_l("Pekerjaan"), width=11),
        BookColumn(_l("Kebangsaan"), (_NATION,), width=8),
        BookColumn(_l("Keturunan"), (_NATION,), width=8),
        BookColumn(_l("Datang dari"), width=12),
        BookColumn(_l("Maksud dan tujuan kedatangan"), width=12),
        BookColumn(_l("Nama dan alamat yang didatangi"), width=16),
        BookColumn(_l("Datang tanggal"), shape="date", width=9),
        BookColumn(_l("Pergi tanggal"), shape="date", width=9),
        BookColumn(_l("Keterangan"), width=9),
    ),
    read=read_temporary,
    by_part=False,
    letter_size=7.5,
)
