"""Deeds on visits: planning one, recording one that took place (a phone's draft, once), changing, calling off, signing.

A visit's id is drawn by the phone that writes it. Whoever comes with an id that stands already meets their own visit:
the same draft again changes nothing, a newer one changes it until the village has signed. An id of somebody else's
visit is unknown to them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.actors import Actor
from app.core.files.storage import StorageAway
from app.core.privacy.masking import mask_personal
from app.core.ui.formats import ZONE
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.province.mentoring.cases import deeds
from app.province.mentoring.cases.models import MentoringCase
from app.province.mentoring.visits import photos as pictures
from app.province.mentoring.visits import pins
from app.province.mentoring.visits.errors import Refused
from app.province.mentoring.visits.models import MentoringVisit
from app.province.mentoring.visits.noting import note
from app.province.mentoring.visits.photos import MOST_PHOTOS, Photo
from app.province.mentoring.visits.places import Point, distance, village_point
from app.province.mentoring.visits.schemas import told_point
from app.province.mentoring.visits.telling import tell
from app.province.mentoring.visits.waiting import forget_unsigned
from tenants.models import now

MOST_DAYS_BACK = 366
MOST_DAYS_AHEAD = 366
_TEXTS = ("place", "done", "next_step")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A visit as it stands now; `changed` says whether this call made it so."""

    visit: MentoringVisit
    changed: bool


def plan_visit(
    visit_id: uuid.UUID,
    village_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    by: Actor,
    seen: int | None = None,
) -> Recorded:
    """Plan a visit to a village, or change a plan; commits, and the village is told by a job.

    Args:
        visit_id: drawn by who plans; planning twice under it is one plan.
        village_id: a village that the one who acts may visit (see `mentors.visited_village`).
        values: `visited_on`, `aim`, `place`, `case_id` (see PlanForm).
        by: the mentor, or an officer in a mentor's place.
        seen: the version that a form was drawn with; None writes whatever stands.
    Raises:
        Invalid, Missing (somebody else's visit), ChangedMeanwhile; Refused where it is more than a plan already.
    """
    day = values["visited_on"]
    if not today() <= day <= today() + dt.timedelta(days=MOST_DAYS_AHEAD):
        raise Invalid("visited_on", _("Rencanakan untuk hari ini atau sesudahnya, paling jauh setahun."))
    _check_case(values.get("case_id"), village_id)
    visit, is_new = _claimed(visit_id, village_id, day, by)
    if visit.state != "planned":
        _undo(Refused(_("Kunjungan ini sudah dicatat, jadi rencananya tidak diubah lagi.")))
    wanted = {"visited_on": day, "aim": values["aim"], "place": values.get("place") or "",
              "case_id": values.get("case_id")}  # fmt: skip
    if not is_new:
        _refuse_other_version(visit, seen)
        if all(getattr(visit, name) == value for name, value in wanted.items()):
            db.session.rollback()
            return Recorded(visit, changed=False)
        visit.row_version += 1
    for name, value in wanted.items():
        setattr(visit, name, value)
    note("mentoring_visit.planned" if is_new else "mentoring_visit.changed", visit)
    if is_new:
        tell("planned", village_id, visit_id)
    db.session.commit()
    return Recorded(visit, changed=True)


def record_visit(
    visit_id: uuid.UUID,
    village_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    by: Actor,
    photos: Sequence[Photo] = (),
    removed: Sequence[str] = (),
    seen: int | None = None,
) -> Recorded:
    """Record a visit that took place, carry out a planned one, or change one that is not signed; commits.

    Opens the village's scope for its point on the map, so no transaction may be open.

    Args:
        visit_id, village_id, by, seen: as for `plan_visit`.
        values: see VisitForm. The phone's own place is kept with its distance from the village; it decides nothing.
        photos: checked photos (`photos.checked_photos`); one that the visit holds already is not kept twice.
        removed: ids of files that the visit shall hold no more.
    Raises:
        Invalid, Missing, ChangedMeanwhile, StorageAway; Refused where it was called off, or signed with other words.
    """
    day = values["visited_on"]
    if not today() - dt.timedelta(days=MOST_DAYS_BACK) <= day <= today():
        raise Invalid(
            "visited_on", _("Tanggal kunjungan belum tiba, atau lebih dari setahun lalu. Periksa lagi.")
        )
    if values.get("next_on") and values["next_on"] < day:
        raise Invalid("next_on", _("Batas langkah berikutnya tidak dapat sebelum tanggal kunjungan."))
    return write_visit(visit_id, village_id, values, by=by, photos=photos, removed=removed, seen=seen)


def write_visit(
    visit_id: uuid.UUID,
    village_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    by: Actor,
    photos: Sequence[Photo] = (),
    removed: Sequence[str] = (),
    seen: int | None = None,
) -> Recorded:
    """Like `record_visit` for a day however long ago (visits of an earlier system, the demo's)."""
    values = {**values, **{name: mask_personal(values[name]) for name in _TEXTS}}
    db.session.rollback()
    home = village_point(village_id)
    _check_case(values.get("case_id"), village_id)
    visit, _is_new = _claimed(visit_id, village_id, values["visited_on"], by)
    known = {photo["sha256"] for photo in visit.photos}
    fresh = [photo for photo in photos if photo.sha256 not in known]
    if visit.state in ("held", "signed") and not removed and not fresh and _says_the_same(visit, values):
        db.session.rollback()
        return Recorded(visit, changed=False)
    _refuse_unless_open(visit)
    _refuse_other_version(visit, seen)
    if seen is None and _is_older(visit, values):
        db.session.rollback()
        return Recorded(visit, changed=False)
    was_held = visit.state == "held"
    _fill(visit, values, home)
    _put_photos(visit, fresh, removed, home)
    visit.state, visit.mentor_name, visit.sent_at = "held", by.name, now()
    visit.row_version += was_held
    note("mentoring_visit.changed" if was_held else "mentoring_visit.recorded", visit)
    if not was_held:
        tell("held", village_id, visit_id)
        if visit.case_id is not None:
            deeds.note_visit(visit.case_id, visit_id, summary=visit.next_step)
    db.session.commit()
    forget_unsigned(village_id)
    return Recorded(visit, changed=True)


def cancel_visit(visit_id: uuid.UUID, reason: str, *, by: Actor) -> MentoringVisit:
    """Call off an own visit that is planned, or take back one that was recorded and not signed; commits.

    Raises Missing, Invalid without a reason, Refused once it is signed. Doing it twice is one.
    """
    said = " ".join(reason.split())
    if not 5 <= len(said) <= 300:
        raise Invalid("reason", _("Tulis alasannya, 5 sampai 300 huruf."))
    visit = _own(visit_id, by)
    if visit.state == "cancelled":
        db.session.rollback()
        return visit
    if visit.state == "signed":
        _undo(Refused(_("Kunjungan ini sudah ditandatangani desa, jadi tidak dapat dibatalkan.")))
    was_planned = visit.state == "planned"
    visit.state, visit.cancel_reason = "cancelled", said
    visit.row_version += 1
    note("mentoring_visit.cancelled", visit, {"reason": said})
    if was_planned:
        tell("cancelled", visit.tenant_id, visit_id)
    db.session.commit()
    forget_unsigned(visit.tenant_id)
    return visit


def sign_with_pin(visit_id: uuid.UUID, name: str, pin: str, *, by: Actor) -> MentoringVisit:
    """Sign an own visit with the village's PIN, typed on the mentor's phone by somebody of the village; commits.

    Args:
        visit_id: a visit that the one who acts recorded.
        name: who of the village signs, as they call themselves.
        pin: the village's.
        by: the mentor whose phone it is.
    Raises:
        Missing; Invalid for a wrong PIN (it counts, see `pins`); Refused where nothing is to be signed, or the PIN is
        locked or was never set. Signing twice is one.
    """
    visit = _own(visit_id, by)
    db.session.rollback()
    if visit.state == "signed":
        return visit
    _refuse_unless_held(visit)
    pins.use_pin(visit.tenant_id, pin, visit_id=visit_id)
    visit = _own(visit_id, by)
    if visit.state != "signed":
        _refuse_unless_held(visit)
        sign(visit, name, "pin")
    pins.right_pin(visit.tenant_id)
    db.session.commit()
    forget_unsigned(visit.tenant_id)
    return visit


def sign(visit: MentoringVisit, name: str, way: str) -> None:
    """Put the village's name under a locked visit, in the open transaction of the platform."""
    visit.state, visit.signed_at, visit.signed_by, visit.signed_way = "signed", now(), name, way
    visit.row_version += 1
    note("mentoring_visit.signed", visit, {"way": way, "signed_by": name})


def today() -> dt.date:
    """The present day of the province."""
    return now().astimezone(ZONE).date()


def _claimed(
    visit_id: uuid.UUID, village_id: uuid.UUID, day: dt.date, by: Actor
) -> tuple[MentoringVisit, bool]:
    """The row of this id, locked: a new one, or the own one of this village. Two at once make one. Raises Missing."""
    note = insert(MentoringVisit).values(
        id=visit_id, tenant_id=village_id, mentor_id=by.account_id, mentor_name=by.name, visited_on=day
    )
    made = db.session.scalar(note.on_conflict_do_nothing().returning(MentoringVisit.id))
    visit = _own(visit_id, by)
    if visit.tenant_id != village_id:
        _undo(Missing("visit"))
    return visit, made is not None


def _own(visit_id: uuid.UUID, by: Actor) -> MentoringVisit:
    """An own visit, locked until the transaction ends. Raises Missing."""
    query = (
        select(MentoringVisit)
        .where(MentoringVisit.id == visit_id, MentoringVisit.mentor_id == by.account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    visit = db.session.scalars(query).one_or_none()
    if visit is None:
        db.session.rollback()
        raise Missing("visit")
    return visit


def _check_case(case_id: uuid.UUID | None, village_id: uuid.UUID) -> None:
    if case_id is None:
        return
    query = select(MentoringCase.id).where(MentoringCase.id == case_id, MentoringCase.tenant_id == village_id)
    if db.session.scalar(query) is None:
        _undo(Invalid("case_id", _("Kasus ini bukan kasus desa yang dipilih.")))


def _says_the_same(visit: MentoringVisit, values: Mapping[str, Any]) -> bool:
    return (
        all(getattr(visit, name) == values[name] for name in _TEXTS)
        and visit.visited_on == values["visited_on"]
        and visit.next_on == values.get("next_on")
        and visit.case_id == values.get("case_id")
        and (visit.latitude, visit.longitude) == (told_point(dict(values)) or (None, None))
    )


def _is_older(visit: MentoringVisit, values: Mapping[str, Any]) -> bool:
    """Whether the draft was written before what stands already (by the same phone's clock)."""
    written = values.get("written_at")
    return bool(visit.state == "held" and written and visit.written_at and written < visit.written_at)


def _fill(visit: MentoringVisit, values: Mapping[str, Any], home: Point | None) -> None:
    for name in ("visited_on", *_TEXTS):
        setattr(visit, name, values[name])
    point = told_point(dict(values))
    visit.latitude, visit.longitude = point or (None, None)
    visit.accuracy = values.get("accuracy") if point else None
    visit.kilometres = distance(point, home)
    visit.case_id, visit.next_on = values.get("case_id"), values.get("next_on")
    visit.written_at = values.get("written_at") or now()


def _put_photos(
    visit: MentoringVisit, fresh: Sequence[Photo], removed: Sequence[str], home: Point | None
) -> None:
    gone = [photo for photo in visit.photos if photo["file_id"] in removed]
    kept = [photo for photo in visit.photos if photo["file_id"] not in removed]
    if len(kept) + len(fresh) > MOST_PHOTOS:
        _undo(Invalid("photos", _("Paling banyak %(most)s foto.", most=MOST_PHOTOS)))
    pictures.discard(gone)
    try:
        visit.photos = [*kept, *(pictures.keep(photo, home) for photo in fresh)]
    except StorageAway:
        db.session.rollback()
        raise


def _refuse_unless_open(visit: MentoringVisit) -> None:
    if visit.state == "signed":
        _undo(Refused(_("Kunjungan ini sudah ditandatangani desa, jadi catatannya tidak diubah lagi.")))
    if visit.state == "cancelled":
        _undo(Refused(_("Kunjungan ini sudah dibatalkan. Catat sebagai kunjungan baru.")))


def _refuse_unless_held(visit: MentoringVisit) -> None:
    if visit.state != "held":
        _undo(Refused(_("Catat dahulu kunjungannya; yang direncanakan atau batal tidak ditandatangani.")))


def _refuse_other_version(visit: MentoringVisit, seen: int | None) -> None:
    if seen is not None and seen != visit.row_version:
        _undo(ChangedMeanwhile({"row_version": visit.row_version}))


def _undo(error: Exception) -> NoReturn:
    """Give back the transaction, then raise."""
    db.session.rollback()
    raise error
