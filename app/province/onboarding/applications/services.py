"""The deeds of an applicant: starting, saving each step, taking it back; and what approval makes of the answers.

Whoever acts here is known by the secret in the application's own address and by nothing else. Sending in and confirming
the e-mail address stand in `sending`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core import audit
from app.core.addresses import services as addresses
from app.core.files.names import named_as
from app.core.files.scans import PDF, checked_scan
from app.core.files.services import discard_file, store_bytes
from app.core.files.storage import StorageAway
from app.core.language import chosen_language
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.onboarding.applications import events, holding, links, rows, steps, telling
from app.province.onboarding.applications.models import OPEN_STATES, ROUTES, Application
from app.province.onboarding.applications.rows import Closed
from app.province.onboarding.applications.schemas import TITLES
from app.province.onboarding.applications.sending import confirm_email, submit
from tenants.ids import uuid7
from tenants.models import TenantRow
from tenants.registry import announce_change

__all__ = [
    "Closed", "apply_answers", "attach_letter", "begin", "choose_village", "confirm_email", "remove_letter", "resume",
    "save_address", "save_applicant", "save_identity", "send_links", "start", "submit", "suggestions", "withdraw",
]  # fmt: skip

UNDER_WAY = ("draft", "confirming", "submitted", "returned", "approved", "provisioned")
WITHDRAWABLE = ("draft", "confirming", "submitted", "returned")
LETTER_PURPOSE = "onboarding_letter"
WORD_KEYS = ("head", "secretary", "council", "sub_area")
MOST_LINKS = 5
"""Applications of one e-mail address whose links are sent again at once."""


def start(
    tenant_id: uuid.UUID | None = None,
    *,
    route: str = "self",
    invitation_id: uuid.UUID | None = None,
    contact: Mapping[str, Any] | None = None,
    locale: str | None = None,
) -> tuple[Application, str]:
    """Begin an application and commit. See `begin`."""
    begun = begin(tenant_id, route=route, invitation_id=invitation_id, contact=contact, locale=locale)
    db.session.commit()
    return begun


def begin(
    tenant_id: uuid.UUID | None = None,
    *,
    route: str = "self",
    invitation_id: uuid.UUID | None = None,
    contact: Mapping[str, Any] | None = None,
    locale: str | None = None,
) -> tuple[Application, str]:
    """Begin an application in the open transaction.

    Args:
        tenant_id: the village, when it is known already.
        route: `self`, `invitation` or `bulk`.
        invitation_id: of the invitation that led here.
        contact: what is known of the applicant: `name`, `title`, `phone` (+628…), `email`.
        locale: the language to write to the applicant in; that of the request when None.
    Returns:
        The row and the secret of the applicant's own address. Raises Missing for a village that does not exist.
    """
    if route not in ROUTES:
        raise ValueError(route)
    known = contact or {}
    application = Application(
        id=uuid7(),
        token_version=1,
        route=route,
        invitation_id=invitation_id,
        locale=locale or chosen_language(),
        applicant_name=str(known.get("name") or ""),
        applicant_title=str(known.get("title") or ""),
        phone=str(known.get("phone") or ""),
        email=str(known.get("email") or ""),
        answers={},
    )
    token = links.seal_address(application)
    db.session.add(application)
    db.session.flush()
    events.note(application, "state", "draft")
    if tenant_id is not None:
        _take_village(application, tenant_id)
    application.step = steps.next_step(application)
    return application, token


def resume(token: str) -> Application:
    """The application whose address this is. Raises Missing for an address that is nobody's (any more)."""
    return rows.found(token, locked=False)


def choose_village(token: str, tenant_id: uuid.UUID) -> Application:
    """Choose the village, or another one: what was typed about the first one goes with it. Raises Missing, Closed."""
    application = rows.editable(token)
    if application.state == "returned":
        raise Closed
    if application.tenant_id != tenant_id:
        application.slug = None
        kept = {key: value for key, value in application.answers.items() if key == steps.APPLICANT}
        application.answers = kept
        _take_village(application, tenant_id)
    return _committed(application, steps.VILLAGE)


def save_applicant(token: str, values: Mapping[str, Any], title: str) -> tuple[Application, str]:
    """Save who applies. A new e-mail address is written to; another one ends the address that the first one was told.

    Args:
        token: the secret in the address.
        values: of `ApplicantForm`.
        title: what the person is called, in the village's words.
    Returns:
        The row and the secret that holds from now on.
    Raises:
        Missing, Closed.
    """
    application = rows.editable(token)
    application.applicant_name, application.applicant_title = values["name"], title
    application.phone = values["phone"]
    key = values.get("title")
    application.answers = {
        **application.answers,
        steps.APPLICANT: {"title_key": key if key in TITLES else "other", "title": title},
    }
    before, is_new = application.email, application.email != values["email"]
    application.email = values["email"]
    if is_new:
        application.email_confirmed_at = None
        application.confirm_number += 1
        application.locale = chosen_language()
        if before:
            token = links.new_address(application)
    rows.saved(application, steps.APPLICANT)
    if is_new and rows.may_write_to(application.email):
        telling.told(application, "resume")
    db.session.commit()
    return application, token


def attach_letter(token: str, data: bytes, file_name: str) -> Application:
    """Keep the letter of assignment, in the place of one that was sent before.

    Raises ScanRefused with a sentence, StorageAway, Missing, Closed.
    """
    media_type, fit = checked_scan(data)
    application = rows.editable(token)
    try:
        name = named_as(file_name, ".pdf" if media_type == PDF else ".jpg")
        row = store_bytes(fit, file_name=name, media_type=media_type, purpose=LETTER_PURPOSE)
    except StorageAway:
        db.session.rollback()
        raise
    discard_file(application.letter_file_id)
    application.letter_file_id = row.id
    application.step = steps.next_step(application)
    events.note(application, "note", "letter")
    events.touch(application)
    db.session.commit()
    return application


def remove_letter(token: str) -> Application:
    """Take the letter of assignment away. Raises Missing, Closed."""
    application = rows.editable(token)
    if application.letter_file_id is not None:
        discard_file(application.letter_file_id)
        application.letter_file_id = None
        events.note(application, "note", "letter_removed")
    return _committed(application, steps.APPLICANT)


def save_identity(token: str, values: Mapping[str, Any]) -> Application:
    """Save the village's words and postal code as they shall be. Raises Missing, Closed."""
    application = rows.editable(token)
    words = {key: values[key] for key in ("term", *WORD_KEYS)}
    identity = {"words": words, "postal_code": values["postal_code"], "name_note": values["name_note"]}
    application.answers = {**application.answers, steps.IDENTITY: identity}
    return _committed(application, steps.IDENTITY)


def save_address(token: str, slug: str) -> Application:
    """Save the address. Raises Invalid with a sentence when it can't be had, Missing, Closed."""
    application = rows.editable(token)
    row = rows.village_of(application)
    plain = addresses.tidy(slug)
    addresses.hold(plain)
    if problem := rows.slug_problem(row, plain):
        db.session.rollback()
        raise Invalid("slug", problem)
    application.slug = plain
    application.answers = {**application.answers, steps.ADDRESS: {"slug": plain}}
    try:
        return _committed(application, steps.ADDRESS)
    except IntegrityError as error:
        db.session.rollback()
        raise Invalid("slug", rows.taken_sentence(plain)) from error


def withdraw(token: str) -> Application:
    """Take an application back; its village is free again. Raises Missing, Closed."""
    application = rows.found(token, locked=True)
    if application.state not in WITHDRAWABLE:
        db.session.rollback()
        raise Closed
    if application.state in OPEN_STATES:
        holding.release(application)
    events.move(application, "withdrawn")
    audit.record(
        "application.withdrawn", object_type="application", object_id=application.id,
        summary=rows.village_words(application), tenant_id=application.tenant_id,
    )  # fmt: skip
    telling.told(application, "withdrawn")
    db.session.commit()
    return application


def apply_answers(application: Application, row: TenantRow) -> None:
    """Give a village the words and the postal code that its application asked for, in the open transaction.

    The correction of a name is a note to the office and changes nothing; the address is given by `addresses`.
    """
    identity: Mapping[str, Any] = application.answers.get(steps.IDENTITY) or {}
    words: Mapping[str, str] = identity.get("words") or {}
    changed = False
    if words.get("term") and words["term"] != row.term:
        row.term, changed = words["term"], True
    own = {key: words[key] for key in WORD_KEYS if key in words}
    if own and {**row.words, **own} != row.words:
        row.words, changed = {**row.words, **own}, True
    postal_code = identity.get("postal_code")
    if postal_code and postal_code != row.postal_code:
        row.postal_code, changed = postal_code, True
    if changed:
        row.row_version += 1
        announce_change()


def suggestions(application: Application) -> list[str]:
    """Addresses that the village can have, its own listed one first."""
    return addresses.suggest(rows.village_of(application))


def send_links(email: str) -> None:
    """Ask for letters with the addresses of somebody's applications; to a stranger's address nothing is sent."""
    query = (
        select(Application)
        .where(Application.email == email, Application.state.in_(UNDER_WAY))
        .order_by(Application.updated_at.desc())
        .limit(MOST_LINKS)
    )
    for application in db.session.scalars(query).all() if rows.may_write_to(email) else ():
        telling.told(application, "resume")
    db.session.commit()


def _take_village(application: Application, tenant_id: uuid.UUID) -> None:
    row = db.session.get(TenantRow, tenant_id)
    if row is None:
        raise Missing
    application.tenant_id = row.id


def _committed(application: Application, key: str) -> Application:
    rows.saved(application, key)
    db.session.commit()
    return application
