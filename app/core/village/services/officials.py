"""A village's officials: who holds which office, in which order they stand, and who signs for whom.

Writers hold the village's profile row, so two of them never break a rule together.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app.core import audit
from app.core.files.images import Shape, Size
from app.core.files.services import discard_file
from app.core.public_pages import pages_changed
from app.core.village import queries
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.core.village.models import Official
from app.core.village.services.profile import Upload, keep_image
from app.extensions import db
from tenants.scope import current_tenant

FIELDS = (
    "name", "title", "position", "employee_number", "phone", "period_from", "period_until", "signs_for_id", "is_public",
)  # fmt: skip
NEW: dict[str, Any] = {
    "title": "",
    "position": "other",
    "employee_number": "",
    "phone": "",
    "is_public": True,
}
PHOTO_PX, PHOTO_SMALL = 480, Size(128, square=True, max_bytes=3_500)
PHOTO_SHAPE = Shape(
    64, 64, 1 / 3, 3,
    _l("Foto paling kecil 64 × 64 piksel, dan sisi panjangnya paling banyak tiga kali sisi pendeknya."),
)  # fmt: skip
MOST_OFFICIALS = 60


@contextmanager
def _refusal_undone() -> Iterator[None]:
    """What was begun before a refusal is rolled back, so that a page drawn afterwards sees none of it."""
    try:
        yield
    except Invalid:
        db.session.rollback()
        raise


def official_values(official: Official) -> dict[str, Any]:
    """An official as a form shows them."""
    return {name: getattr(official, name) for name in FIELDS}


@_refusal_undone()
def add_official(values: dict[str, Any], photo: Upload | None = None) -> Official:
    """Add an official (see OfficialSchema) at the end of the list.

    Raises Invalid: a second head in office, more than 60 officials, somebody of this name and title who is in the list
    already (`even_if_known` in the values says that it is meant so), or a photo that is no good image.
    """
    queries.profile_for_change()
    others = list(db.session.scalars(select(Official).order_by(Official.sort_order)))
    if len(others) >= MOST_OFFICIALS:
        raise Invalid("name", _("Daftar perangkat sudah berisi %(most)s orang.", most=MOST_OFFICIALS))
    wanted = _settled({**dict.fromkeys(FIELDS), **NEW}, values, None, others)
    if not values.get("even_if_known"):
        _not_twice(wanted, others)
    official = Official(sort_order=max((o.sort_order for o in others), default=-1) + 1)
    _assign(official, wanted)
    if photo is not None:
        official.photo_file_id = _keep_photo(photo)
    db.session.add(official)
    db.session.flush()
    _tell("official.added", official, {"after": official_values(official)})
    db.session.commit()
    return official


@_refusal_undone()
def change_official(
    official_id: uuid.UUID,
    values: dict[str, Any],
    photo: Upload | None = None,
    *,
    expected: int | None = None,
) -> None:
    """Change an official; `expected` is the row version that the person saw.

    Raises Missing, ChangedMeanwhile, Invalid (also for signing in a circle, and for a photo that is no good image).
    """
    queries.profile_for_change()
    everybody = list(db.session.scalars(select(Official)))
    official = next((o for o in everybody if o.id == official_id), None)
    if official is None:
        raise Missing(str(official_id))
    before = official_values(official)
    if expected is not None and official.row_version != expected:
        raise ChangedMeanwhile(before)
    old_photo = official.photo_file_id
    wanted = _settled(before, values, official_id, [o for o in everybody if o is not official])
    new_photo = _keep_photo(photo) if photo is not None else None
    _assign(official, wanted)
    if new_photo is not None:
        official.photo_file_id = new_photo
    elif values.get("remove_photo"):
        official.photo_file_id = None
    after = official_values(official)
    if before != after or official.photo_file_id != old_photo:
        official.row_version += 1
        db.session.flush()
        if old_photo != official.photo_file_id:
            discard_file(old_photo)
        _tell("official.changed", official, audit.changes(before, after))
    db.session.commit()


def move_official(official_id: uuid.UUID, *, up: bool) -> None:
    """Let an official change places with the one above or below; at an end nothing happens. Raises Missing."""
    queries.profile_for_change()
    line = list(db.session.scalars(select(Official).order_by(Official.sort_order, Official.name)))
    at = next((n for n, official in enumerate(line) if official.id == official_id), None)
    if at is None:
        raise Missing(str(official_id))
    other = at - 1 if up else at + 1
    if 0 <= other < len(line):
        line[at], line[other] = line[other], line[at]
        for order, official in enumerate(line):
            official.sort_order = order
        _tell("official.moved", line[other], {"up": up})
    db.session.commit()


def remove_official(official_id: uuid.UUID) -> None:
    """Take an official off the list, with the photo; who signed for them signs for nobody any more. Raises Missing."""
    queries.profile_for_change()
    official = queries.find_official(official_id)
    if official is None:
        raise Missing(str(official_id))
    photo = official.photo_file_id
    _tell("official.removed", official, {"before": official_values(official)})
    db.session.execute(update(Official).where(Official.signs_for_id == official_id).values(signs_for_id=None))
    db.session.delete(official)
    db.session.flush()
    discard_file(photo)
    db.session.commit()


def default_title(position: str) -> str:
    """The title that goes with an office in the present village's own words."""
    tenant = current_tenant()
    titles = {
        "head": tenant.word("head"),
        "secretary": tenant.word("secretary"),
        "treasurer": _("Kepala Urusan Keuangan"),
        "section": _("Kepala Seksi"),
        "sub_area": _("Kepala %(area)s", area=tenant.word("sub_area")),
        "other": _("Staf"),
    }
    return str(titles[position])


def _settled(
    stored: dict[str, Any], values: dict[str, Any], own_id: uuid.UUID | None, others: list[Official]
) -> dict[str, Any]:
    """What an official is to become. Asked before anything is assigned, so a refusal leaves nothing half done."""
    wanted = {**stored, **{name: values[name] for name in FIELDS if name in values}}
    wanted["title"] = wanted["title"] or default_title(wanted["position"])
    _one_head(wanted, others)
    _no_circle(wanted["signs_for_id"], own_id, others)
    return wanted


def _assign(official: Official, wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        setattr(official, name, value)


def _not_twice(wanted: dict[str, Any], others: list[Official]) -> None:
    known = {(other.name.casefold(), other.title.casefold()) for other in others}
    if (wanted["name"].casefold(), wanted["title"].casefold()) in known:
        raise Invalid(
            "even_if_known",
            _(
                "%(name)s, %(title)s sudah ada dalam daftar. Centang bila ini memang orang lain.",
                name=wanted["name"],
                title=wanted["title"],
            ),
        )


def _one_head(wanted: dict[str, Any], others: list[Official]) -> None:
    if wanted["position"] != "head":
        return
    for other in others:
        if other.position == "head" and _overlap(wanted["period_from"], wanted["period_until"], other):
            raise Invalid(
                "position",
                _(
                    "%(name)s masih tercatat sebagai %(title)s pada masa itu. Isi dahulu akhir masa jabatannya.",
                    name=other.name,
                    title=other.title,
                ),
            )


def _overlap(begins: dt.date | None, ends: dt.date | None, other: Official) -> bool:
    starts_after = other.period_until and begins and begins > other.period_until
    ends_before = ends and other.period_from and ends < other.period_from
    return not (starts_after or ends_before)


def _no_circle(principal: uuid.UUID | None, own_id: uuid.UUID | None, others: list[Official]) -> None:
    by_id = {other.id: other for other in others}
    if principal is None:
        return
    if principal == own_id:
        raise Invalid("signs_for_id", _("Seseorang tidak dapat menandatangani atas nama dirinya sendiri."))
    if principal not in by_id:
        raise Invalid("signs_for_id", _("Perangkat ini sudah tidak ada dalam daftar."))
    seen, target = {own_id}, by_id[principal].signs_for_id
    while target is not None:
        if target in seen:
            raise Invalid(
                "signs_for_id",
                _("Tanda tangan akan berputar: %(name)s pada akhirnya menandatangani atas nama perangkat ini.",
                  name=by_id[principal].name),
            )  # fmt: skip
        seen.add(target)
        target = by_id[target].signs_for_id if target in by_id else None


def _keep_photo(upload: Upload) -> uuid.UUID:
    return keep_image(upload, "photo", PHOTO_SHAPE, max_px=PHOTO_PX, small=PHOTO_SMALL)


def _tell(action: str, official: Official, details: dict[str, Any]) -> None:
    audit.record(
        action,
        object_type="official",
        object_id=official.id,
        summary=f"{official.name}, {official.title}",
        details=details,
    )
    pages_changed()
