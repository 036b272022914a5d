"""An application's row: found by the secret in its address, locked to be changed, saved with its dated step."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core.accounts.secrets import digest
from app.core.addresses import services as addresses
from app.core.village.errors import Missing
from app.extensions import db
from app.province.onboarding.applications import claims as claims
from app.province.onboarding.applications import events, steps
from app.province.onboarding.applications.links import TOKEN_LENGTH
from app.province.onboarding.applications.models import Application, ApplicationEvent
from tenants.models import TenantRow

EDITABLE = ("draft", "confirming", "returned")
"""In these the applicant may change what was typed."""

MOST_LETTERS_A_DAY = 12
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")


class Closed(RuntimeError):
    """The application is in a state in which this can't be done; its page says what can."""


def found(token: str, *, locked: bool) -> Application:
    """The application whose address this is. `locked`: until the end of the transaction. Raises Missing."""
    if not _TOKEN.fullmatch(token):
        raise Missing
    query = select(Application).where(Application.token_digest == digest(token))
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    application = db.session.scalars(query).one_or_none()
    if application is None:
        raise Missing
    return application


def editable(token: str) -> Application:
    """The application, locked, when the applicant may change it. Raises Missing, Closed."""
    application = found(token, locked=True)
    if application.state not in EDITABLE:
        db.session.rollback()
        raise Closed
    return application


def waits(application: Application) -> bool:
    """Whether an application was sent in and only waits for its e-mail address to be confirmed.

    One that was asked back keeps its state meanwhile, since it holds its village.
    """
    was_sent = bool((application.answers.get(steps.SUMMARY) or {}).get("waits"))
    return application.state == "confirming" or (application.state == "returned" and was_sent)


def saved(application: Application, key: str) -> None:
    """Note in the open transaction that a step was saved. One that waited for its e-mail has to be sent in again."""
    if application.state == "confirming":
        events.move(application, "draft")
    application.answers = {key: value for key, value in application.answers.items() if key != steps.SUMMARY}
    application.step = steps.next_step(application)
    events.note(application, "step", key)
    events.touch(application)
    db.session.flush()


def village_of(application: Application) -> TenantRow:
    """The registry's row of the village. Raises Missing before one was chosen."""
    row = chosen_village(application)
    if row is None:
        raise Missing
    return row


def chosen_village(application: Application) -> TenantRow | None:
    """The registry's row of the village; None before one was chosen."""
    return db.session.get(TenantRow, application.tenant_id) if application.tenant_id else None


def village_words(application: Application) -> str:
    """The village as people say it; empty before one was chosen."""
    row = chosen_village(application)
    return f"{row.term} {row.name}" if row else ""


def slug_problem(row: TenantRow, slug: str) -> str | None:
    """Why a village can't have an address, as a sentence; None when it can. The addresses that it has it can."""
    return addresses.free(slug, row.id)


def taken_sentence(slug: str) -> str:
    """That an address was taken, by whom is not said."""
    return str(_("Alamat %(slug)s sudah dipakai pendaftaran lain. Pilih alamat lain.", slug=slug))


def may_write_to(email: str) -> bool:
    """Whether an e-mail address may get one more letter today, from all applications together."""
    query = (
        select(func.count())
        .select_from(ApplicationEvent)
        .join(Application, Application.id == ApplicationEvent.application_id)
        .where(Application.email == email, ApplicationEvent.kind == "mail")
        .where(ApplicationEvent.at > func.now() - func.make_interval(0, 0, 0, 1))
    )
    return (db.session.scalar(query) or 0) < MOST_LETTERS_A_DAY


def may_be_applied_for_again(row: TenantRow | None) -> bool:
    """Whether a village whose application is over can be applied for anew: not once it was prepared another way."""
    return row is None or row.schema_name is None
