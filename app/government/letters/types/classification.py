"""The village's classification of archives: shipped codes, with what the village changed, added or took out of use.

Shipped are the main codes of the older scheme that villages still use (domain: letters); a list such as that of
Permendagri 83/2022 can be imported. A row of the table stands for each code that differs from what is shipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import audit
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.government.letters.models import Classification
from tenants.models import now

LIST = Path(__file__).with_name("classification.txt")
CODE = re.compile(r"[0-9][0-9A-Za-z]{0,5}(?:[.-][0-9A-Za-z]{1,6}){0,7}")
LONGEST_CODE, LONGEST_TITLE = 30, 200
MOST = 6000
"""Codes of a village, at most."""


@dataclass(frozen=True, slots=True)
class ClassificationCode:
    """A code and its title; `row_version` is 0 for a shipped one that the village left as it is."""

    code: str
    title: str
    is_active: bool = True
    is_shipped: bool = False
    row_version: int = 0


@cache
def shipped_codes() -> dict[str, str]:
    """The shipped codes with their titles."""
    lines = (line.partition(" ") for line in LIST.read_text("utf-8").splitlines() if line.strip())
    return {code: title for code, _space, title in lines}


def classifications(active: bool = True) -> list[ClassificationCode]:
    """All codes of the village by code: one query. `active` leaves out those that are out of use."""
    table = Classification.__table__.c
    rows = db.session.execute(select(table.code, table.title, table.is_active, table.row_version))
    shipped = shipped_codes()
    known = {code: ClassificationCode(code, title, is_shipped=True) for code, title in shipped.items()}
    for row in rows:
        known[row.code] = ClassificationCode(
            row.code, row.title, row.is_active, row.code in shipped, row.row_version
        )
    return sorted(
        (one for one in known.values() if one.is_active or not active), key=lambda one: sort_key(one.code)
    )


def found_codes(text: str, *, active: bool = False) -> list[ClassificationCode]:
    """Those codes whose code begins with the text or whose title holds it."""
    wanted = " ".join(text.split()).casefold()
    every = classifications(active=active)
    if not wanted:
        return every
    return [one for one in every if one.code.casefold().startswith(wanted) or wanted in one.title.casefold()]


def classification(code: str) -> ClassificationCode:
    """One code. Raises Missing."""
    table = Classification.__table__.c
    row = db.session.execute(
        select(table.title, table.is_active, table.row_version).where(table.code == code)
    ).one_or_none()
    shipped = shipped_codes()
    if row is not None:
        return ClassificationCode(code, row.title, row.is_active, code in shipped, row.row_version)
    if code not in shipped:
        raise Missing(code)
    return ClassificationCode(code, shipped[code], is_shipped=True)


def add_code(code: str, title: str) -> None:
    """Add a code. Raises Invalid: not a code, or there already."""
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        raise Invalid(
            "code", str(_("Kode terdiri dari angka atau huruf yang dipisah titik, misalnya 474.2."))
        )
    try:
        classification(code)
    except Missing:
        pass
    else:
        raise Invalid("code", str(_("Kode %(code)s sudah ada.", code=code)))
    db.session.add(Classification(code=code, title=title))
    _tell("letter_classification.added", code, title)
    db.session.commit()


def change_code(code: str, title: str, is_active: bool, *, seen: int) -> None:
    """Change a title, or take a code out of use and back. Raises Missing, ChangedMeanwhile."""
    present = classification(code)
    row = db.session.scalar(select(Classification).where(Classification.code == code).with_for_update())
    if (row.row_version if row else 0) != seen:
        raise ChangedMeanwhile({"title": row.title if row else present.title})
    before = {"title": present.title, "is_active": present.is_active}
    after = {"title": title, "is_active": is_active}
    if before == after:
        return
    if row is None:
        db.session.add(Classification(code=code, **after))
    else:
        row.title, row.is_active, row.updated_at = title, is_active, now()
        row.row_version += 1
    audit.record(
        "letter_classification.changed",
        object_type="letter_classification",
        object_id=code,
        summary=f"{code} {title}",
        details=audit.changes(before, after),
    )
    db.session.commit()


def take_list(lines: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """Add and change codes from a list that was looked at; returns how many are new and how many changed.

    Codes that the list does not name stay as they are. Raises Invalid: more codes than a village may have.
    """
    known = {one.code: one for one in classifications(active=False)}
    wanted = {code: title for code, title in lines if known.get(code) is None or known[code].title != title}
    if len(set(known) | set(wanted)) > MOST:
        raise Invalid("file", str(_("Terlalu banyak kode: paling banyak %(most)s.", most=MOST)))
    rows = {row.code: row for row in db.session.scalars(select(Classification).with_for_update())}
    new = 0
    for code, title in wanted.items():
        new += code not in known
        row = rows.get(code)
        if row is None:
            db.session.add(Classification(code=code, title=title))
        else:
            row.title, row.is_active, row.updated_at = title, True, now()
            row.row_version += 1
    changed = len(wanted) - new
    if wanted:
        audit.record(
            "letter_classification.imported",
            object_type="letter_classification",
            summary=str(len(wanted)),
            details={"added": new, "changed": changed},
        )
        db.session.commit()
    return new, changed


def sort_key(code: str) -> tuple[tuple[int, str], ...]:
    """474.2 stands before 474.10."""
    return tuple((int(part), "") if part.isdigit() else (1_000_000, part) for part in re.split(r"[.-]", code))


def sorts(
    lines: Sequence[tuple[str, str]], known: Mapping[str, ClassificationCode]
) -> dict[str, list[tuple[str, str, str]]]:
    """A list beside what the village has: `new`, `changed` (with the present title third) and `same`."""
    found: dict[str, list[tuple[str, str, str]]] = {"new": [], "changed": [], "same": []}
    for code, title in lines:
        present = known.get(code)
        if present is None:
            found["new"].append((code, title, ""))
        else:
            found["same" if present.title == title else "changed"].append((code, title, present.title))
    return found


def _tell(action: str, code: str, title: str) -> None:
    audit.record(action, object_type="letter_classification", object_id=code, summary=f"{code} {title}")
