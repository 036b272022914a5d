"""At night: what waits for its applicant and was not touched is reminded of, then closed; what ended is forgotten."""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy import ColumnElement, or_, select

from app.core import audit
from app.core.files.services import discard_file
from app.extensions import db
from app.province.onboarding.applications import events, holding, rows, telling
from app.province.onboarding.applications.models import OPEN_STATES, Application
from tenants.ids import uuid7
from tenants.jobs import job
from tenants.models import now
from tenants.schedule import every

log = structlog.get_logger(__name__)

TIDY = "onboarding.tidy_applications"
REMIND_AFTER = dt.timedelta(days=20)
CLOSE_AFTER = dt.timedelta(days=30)
FORGET_AFTER = dt.timedelta(days=180)
"""How long names, numbers and letters of those whose application came to nothing are kept (Law 27/2022, Art. 16)."""

THEIRS = ("draft", "confirming", "returned")
"""In these the applicant has to do something. One that was asked back holds its village, so it may not lie on."""
CAME_TO_NOTHING = ("expired", "withdrawn", "outrun", "rejected")
CHUNK = 100


@job(TIDY, place="platform", timeout=900)
def tidy_applications() -> None:
    """Remind, close, forget. Each application in a state of its own, so running it again changes nothing."""
    reminded, closed, forgotten = remind(), close(), forget()
    log.info("applications_tidied", reminded=reminded, closed=closed, forgotten=forgotten)


def remind() -> int:
    """Write to whoever has not touched theirs for 20 days, and once more after the office asked; return to how many."""
    due = (
        Application.state.in_(THEIRS) & (Application.updated_at < now() - REMIND_AFTER)
        & (Application.updated_at >= now() - CLOSE_AFTER) & (Application.email != "")
        & (Application.reminded_at.is_(None) | (Application.reminded_at < Application.state_since))
    )  # fmt: skip
    done = 0
    while chunk := _locked(due):
        for application in chunk:
            application.reminded_at = now()
            telling.told(application, "returned" if application.state == "returned" else "reminder")
        db.session.commit()
        done += len(chunk)
    return done


def close() -> int:
    """Close what nobody has touched for 30 days, and give its village free where it held it; return how many."""
    due = Application.state.in_(THEIRS) & (Application.updated_at < now() - CLOSE_AFTER)
    done = 0
    while chunk := _locked(due):
        for application in chunk:
            if application.state in OPEN_STATES:
                holding.release(application)
            events.move(application, "expired")
            telling.told(application, "expired")
            audit.record(
                "application.expired",
                object_type="application",
                object_id=application.id,
                summary=rows.village_words(application),
                tenant_id=application.tenant_id,
            )
        db.session.commit()
        done += len(chunk)
    return done


def forget() -> int:
    """Empty what is personal in applications that came to nothing half a year ago; return how many.

    Village, states and times stay, so that figures of earlier months do not change.
    """
    due = (
        Application.state.in_(CAME_TO_NOTHING)
        & (Application.state_since < now() - FORGET_AFTER)
        & or_(
            Application.email != "", Application.applicant_name != "", Application.letter_file_id.is_not(None)
        )
    )
    done = 0
    while chunk := _locked(due):
        for application in chunk:
            discard_file(application.letter_file_id)
            application.letter_file_id = None
            application.applicant_name = application.applicant_title = application.phone = (
                application.email
            ) = ""
            application.answers = {}
            application.token_digest = uuid7().bytes
        db.session.commit()
        done += len(chunk)
    return done


def _locked(due: ColumnElement[bool]) -> list[Application]:
    """Some that are due, locked; those that somebody works on right now wait for the next night."""
    query = (
        select(Application).where(due).order_by(Application.id).limit(CHUNK).with_for_update(skip_locked=True)
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


every("35 18 * * *", TIDY)
