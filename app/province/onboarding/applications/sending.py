"""Sending an application in, and confirming the e-mail address: from here on one application holds the village.

Two that are sent in at once wait for each other at the village's row in the registry; the second one finds it held and
is outrun. That no village and no address is held twice is the database's own rule (`uq_application_village`,
`uq_application_slug`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from app.core import audit
from app.core.addresses import services as addresses
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.onboarding.applications import (
    events,
    holding,
    links,
    office_letters,
    offices,
    rows,
    steps,
    telling,
)
from app.province.onboarding.applications.models import Application, BlockedApplicant
from tenants.models import TenantRow, now

CONFIRM_LIFE = dt.timedelta(hours=48)

Outcome = Literal["confirming", "submitted", "outrun", "address_taken", "confirmed"]
"""confirming: a letter is on its way; submitted: the office has it; outrun: another one was first; address_taken: the
address was taken meanwhile, everything else is kept; confirmed: the e-mail is, and the application is not sent yet."""

LinkStanding = Literal["open", "done", "expired", "replaced", "outrun", "over"]
"""done: the address is confirmed; outrun: another application was first; over: this one ended unconfirmed."""


class Incomplete(RuntimeError):
    """A step still needs something; `key` names it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending in or of confirming."""

    application: Application
    outcome: Outcome


def submit(token: str) -> Sent:
    """Send an application in: to the office when its e-mail address is confirmed, else a letter goes out for that.

    Raises:
        Incomplete: a step needs something.
        Invalid: the applicant is blocked, or gets no more letters today; a sentence.
        Missing, Closed.
    """
    application = rows.editable(token)
    key = steps.next_step(application)
    if key != steps.SUMMARY:
        db.session.rollback()
        raise Incomplete(key)
    row = rows.village_of(application)
    _refuse_blocked(application, row)
    if application.email_confirmed_at is not None:
        return _enter(application)
    if _is_lost(application, row):
        return _outrun(application)
    if problem := rows.slug_problem(row, application.slug or ""):
        return _address_taken(application, problem)
    _ask_to_confirm(application)
    db.session.commit()
    return Sent(application, "confirming")


def ask_again(token: str) -> Application:
    """Send a new letter to confirm the e-mail address; links of earlier ones end. Raises Invalid, Missing, Closed."""
    application = rows.found(token, locked=True)
    return _asked_again(application)


def ask_again_by_link(text: str) -> Application:
    """The same, for whoever holds a link that does not count any more. Raises Invalid, Missing, Closed."""
    return _asked_again(_application_of(text, locked=True))


def link_standing(text: str) -> tuple[Application, LinkStanding]:
    """The application of a link that confirms an e-mail address, and whether the link still counts. Raises Missing."""
    application = _application_of(text, locked=False)
    return application, _standing(application, text)


def is_late(application: Application) -> bool:
    """Whether the last link to confirm the e-mail address does not count any more."""
    asked = application.confirm_asked_at
    return asked is None or now() - asked > CONFIRM_LIFE


def confirm_email(text: str) -> Sent:
    """Confirm an e-mail address by the link that was sent there, and send the application in when it waits for that.

    Raises Missing for a link that was not made here; Closed for one that was used, replaced or is too old.
    """
    application = _application_of(text, locked=True)
    if _standing(application, text) != "open":
        db.session.rollback()
        raise rows.Closed
    application.email_confirmed_at = now()
    events.note(application, "note", "email_confirmed")
    if not rows.waits(application):
        events.touch(application)
        db.session.commit()
        return Sent(application, "confirmed")
    return _enter(application)


def _enter(application: Application) -> Sent:
    """Let a complete application with a confirmed address hold its village, and hand it to the office."""
    row = holding.locked_village(application.tenant_id) if application.tenant_id else None
    if row is None:
        raise Missing
    addresses.hold(application.slug or "")
    if problem := rows.slug_problem(row, application.slug or ""):
        return _outrun(application) if _is_lost(application, row) else _address_taken(application, problem)
    again = application.state == "returned"
    try:
        with db.session.begin_nested():
            holding.hold(application, row)
            application.submitted_at = now()
            events.move(application, "submitted")
            application.step = steps.SUMMARY
            db.session.flush()
    except holding.VillageHeld:
        return _outrun(application)
    except IntegrityError:
        db.session.refresh(application)
        if _is_lost(application, row):
            return _outrun(application)
        return _address_taken(application, rows.taken_sentence(application.slug or ""))
    audit.record(
        "application.sent_again" if again else "application.submitted",
        object_type="application",
        object_id=application.id,
        summary=f"{row.term} {row.name}",
        details={
            "applicant": application.applicant_name,
            "title": application.applicant_title,
            "slug": application.slug,
        },
        tenant_id=row.id,
    )
    telling.told(application, "submitted")
    office_letters.tell_office(application, row)
    db.session.commit()
    return Sent(application, "submitted")


def _is_lost(application: Application, row: TenantRow) -> bool:
    """Whether another application holds the village, or it has come aboard another way."""
    holder = holding.holder_of(row.id)
    if holder is None:
        return row.state not in holding.FREE_STATES
    return holder != application.id


def _outrun(application: Application) -> Sent:
    holding.outrun(application)
    audit.record(
        "application.outrun",
        object_type="application",
        object_id=application.id,
        summary=rows.village_words(application),
        tenant_id=application.tenant_id,
    )
    db.session.commit()
    return Sent(application, "outrun")


def _address_taken(application: Application, problem: str) -> Sent:
    """Back to the step of the address: nothing else is lost, and a confirmed e-mail stays confirmed."""
    taken = application.slug
    application.slug = None
    if application.state == "confirming":
        events.move(application, "draft")
    application.step = steps.ADDRESS
    application.answers = {**application.answers, steps.ADDRESS: {"taken": taken, "problem": problem}}
    events.note(application, "note", "address_taken", note=taken or "")
    events.touch(application)
    db.session.commit()
    return Sent(application, "address_taken")


def _refuse_blocked(application: Application, row: TenantRow) -> None:
    """Refuse somebody whose applications are not taken; the attempt is noted. Raises Invalid."""
    wanted = or_(
        (BlockedApplicant.kind == "email") & (BlockedApplicant.value == application.email),
        (BlockedApplicant.kind == "phone") & (BlockedApplicant.value == application.phone),
    )
    blocked = db.session.scalars(select(BlockedApplicant).where(wanted).limit(1)).one_or_none()
    if blocked is None:
        return
    events.note(application, "note", "blocked", note=blocked.kind)
    audit.record(
        "application.refused_blocked",
        object_type="application",
        object_id=application.id,
        summary=f"{row.term} {row.name}",
        details={"applicant": application.applicant_name, "kind": blocked.kind},
        tenant_id=row.id,
    )
    office = offices.regency_office(row)
    db.session.commit()
    raise Invalid(
        "_schema",
        _(
            "Pendaftaran dengan surel atau nomor ponsel ini tidak dapat kami terima lewat halaman ini. Isian Anda "
            "tersimpan. Hubungi %(office)s untuk melanjutkan.",
            office=office,
        ),
    )


def _ask_to_confirm(application: Application) -> None:
    """Ask in the open transaction for the letter with a new link; earlier ones end. Raises Invalid."""
    if not rows.may_write_to(application.email):
        db.session.rollback()
        raise Invalid(
            "_schema",
            _("Hari ini sudah terlalu banyak surat ke surel ini. Isian Anda tersimpan; coba lagi besok."),
        )
    application.confirm_number += 1
    application.confirm_asked_at = now()
    application.step = steps.SUMMARY
    if application.state == "returned":
        application.answers = {**application.answers, steps.SUMMARY: {"waits": True}}
        events.touch(application)
    else:
        events.move(application, "confirming")
    telling.told(application, "confirm")


def _asked_again(application: Application) -> Application:
    if not rows.waits(application):
        db.session.rollback()
        raise rows.Closed
    _ask_to_confirm(application)
    db.session.commit()
    return application


def _application_of(text: str, *, locked: bool) -> Application:
    said = links.read_confirm(text)
    if said is None:
        raise Missing
    query = select(Application).where(Application.id == said.application_id)
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    application = db.session.scalars(query).one_or_none()
    if application is None:
        raise Missing
    return application


def _standing(application: Application, text: str) -> LinkStanding:
    said = links.read_confirm(text)
    if said is None or said.number != application.confirm_number:
        return "replaced"
    if application.state == "outrun":
        return "outrun"
    if application.email_confirmed_at is not None:
        return "done"
    if application.state not in rows.EDITABLE:
        return "over"
    return "expired" if is_late(application) else "open"
