"""Sub-areas: dusun (or pemangku, suku, lingkungan), RW in them, RT in those."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.core import audit
from app.core.public_pages import pages_changed
from app.core.village import queries
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.core.village.models import HANDED_OVER, SubArea
from app.extensions import db

PARENTS: dict[str, tuple[str | None, ...]] = {
    "sub_area": (None,),
    "rw": ("sub_area", None),
    "rt": ("rw", "sub_area", None),
}
"""What each kind may lie in; None is the village itself."""
FIELDS = ("name", "parent_id", "head_name", "head_phone")
USES: list[Callable[[SubArea], str | None]] = []
"""What other capabilities say about removing an area: a sentence why not, or None."""
FOREIGN_KEY_VIOLATION = "23503"
"""PostgreSQL's code: something of another capability still lies in the area."""


def keep_sub_areas(in_use: Callable[[SubArea], str | None]) -> None:
    """Let a capability keep areas that it needs beyond its foreign keys: `in_use` gives a sentence why one stays."""
    if in_use not in USES:
        USES.append(in_use)


@dataclass(slots=True)
class Branch:
    """A sub-area with what lies in it."""

    area: SubArea
    children: list[Branch] = field(default_factory=list)


def sub_area_values(area: SubArea) -> dict[str, Any]:
    """A sub-area as a form shows it."""
    return {name: getattr(area, name) for name in FIELDS}


def tree(areas: Iterable[SubArea]) -> list[Branch]:
    """The areas as a tree, in the order in which they came."""
    branches = {area.id: Branch(area) for area in areas}
    roots: list[Branch] = []
    for branch in branches.values():
        parent = branches.get(branch.area.parent_id) if branch.area.parent_id else None
        (parent.children if parent else roots).append(branch)
    return roots


def add_sub_areas(kind: str, parent_id: uuid.UUID | None, names: list[str]) -> int:
    """Add several areas of one kind in one place and return how many; numbers of RW and RT are written as 001.

    Raises Invalid: a name that is there already or twice in the list, an RT or RW without a number, or a place that
    such an area can't lie in.
    """
    queries.profile_for_change()
    _check_parent(kind, parent_id)
    wanted = [_tidy(kind, name, "names") for name in names]
    known = _names_in(kind, parent_id)
    seen: set[str] = set()
    for name in wanted:
        if name.casefold() in known | seen:
            raise Invalid("names", _("%(name)s sudah ada di tempat yang sama. Pakai nama lain.", name=name))
        seen.add(name.casefold())
    of_now = select(func.max(SubArea.sort_order)).where(
        SubArea.kind == kind, SubArea.sort_order < HANDED_OVER
    )
    last = db.session.scalar(of_now)
    order = -1 if last is None else last
    for name in wanted:
        order += 1
        db.session.add(SubArea(kind=kind, parent_id=parent_id, name=name, sort_order=order))
    summary = ", ".join(wanted[:5]) + ("…" if len(wanted) > 5 else "")
    _tell(
        "sub_area.added",
        None,
        summary if kind == "sub_area" else f"{kind.upper()} {summary}",
        {"names": wanted},
    )
    db.session.commit()
    return len(wanted)


def change_sub_area(area_id: uuid.UUID, values: dict[str, Any], *, expected: int | None = None) -> None:
    """Change an area (see SubAreaSchema). Raises Missing, ChangedMeanwhile, Invalid."""
    queries.profile_for_change()
    area = queries.find_sub_area(area_id)
    if area is None:
        raise Missing(str(area_id))
    before = sub_area_values(area)
    if expected is not None and area.row_version != expected:
        raise ChangedMeanwhile(before)
    name, parent_id = _tidy(area.kind, values["name"], "name"), values.get("parent_id")
    _check_parent(area.kind, parent_id)
    if name.casefold() in _names_in(area.kind, parent_id, but=area.id):
        raise Invalid("name", _("%(name)s sudah ada di tempat yang sama. Pakai nama lain.", name=name))
    area.name, area.parent_id = name, parent_id
    area.head_name, area.head_phone = values.get("head_name", ""), values.get("head_phone", "")
    after = sub_area_values(area)
    if before != after:
        area.row_version += 1
        _tell("sub_area.changed", area.id, area.name, audit.changes(before, after))
    db.session.commit()


def remove_sub_area(area_id: uuid.UUID) -> None:
    """Remove an area in which nothing lies any more, nobody lives and nobody ever lived. Raises Missing, Invalid."""
    queries.profile_for_change()
    area = queries.find_sub_area(area_id)
    if area is None:
        raise Missing(str(area_id))
    inside = db.session.scalar(select(func.count()).where(SubArea.parent_id == area_id)) or 0
    if inside:
        raise Invalid(
            "name",
            ngettext(
                "%(name)s masih berisi %(count)s wilayah. Hapus atau pindahkan isinya dahulu.",
                "%(name)s masih berisi %(count)s wilayah. Hapus atau pindahkan isinya dahulu.",
                inside,
                name=area.name,
                count=inside,
            ),
        )
    name = area.name
    for in_use in USES:
        why = in_use(area)
        if why:
            raise Invalid("name", why)
    _tell("sub_area.removed", area.id, name, {"before": sub_area_values(area)})
    db.session.delete(area)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        if getattr(error.orig, "sqlstate", "") != FOREIGN_KEY_VIOLATION:
            raise
        sentence = _(
            "%(name)s masih dipakai: ada penduduk atau keluarga di sana. Pindahkan dahulu.", name=name
        )
        raise Invalid("name", sentence) from error
    db.session.commit()


def _tidy(kind: str, name: str, field: str) -> str:
    """`RT 3`, `3` and `003` are one RT: 003. Raises Invalid, naming `field`, for an RT or RW that has no number."""
    if kind == "sub_area":
        return name
    number = re.fullmatch(rf"(?:{kind}\.?\s*)?([0-9]{{1,3}})", name, re.IGNORECASE)
    if number is None or int(number[1]) == 0:
        raise Invalid(
            field, _("%(kind)s %(name)s: tulis nomornya saja, 1 sampai 999.", kind=kind.upper(), name=name)
        )
    return f"{int(number[1]):03d}"


def _names_in(kind: str, parent_id: uuid.UUID | None, but: uuid.UUID | None = None) -> set[str]:
    place = SubArea.parent_id.is_(None) if parent_id is None else SubArea.parent_id == parent_id
    query = select(SubArea.id, SubArea.name).where(SubArea.kind == kind, place)
    return {name.casefold() for area_id, name in db.session.execute(query) if area_id != but}


def _check_parent(kind: str, parent_id: uuid.UUID | None) -> None:
    parent = queries.find_sub_area(parent_id) if parent_id else None
    if parent_id and parent is None:
        raise Invalid("parent_id", _("Wilayah induk ini sudah tidak ada. Pilih yang lain."))
    if (parent.kind if parent else None) not in PARENTS[kind]:
        raise Invalid("parent_id", _("Wilayah seperti ini tidak dapat berada di sana. Pilih tempat lain."))


def _tell(action: str, area_id: uuid.UUID | None, summary: str, details: dict[str, Any]) -> None:
    audit.record(action, object_type="sub_area", object_id=area_id or "", summary=summary, details=details)
    pages_changed()
