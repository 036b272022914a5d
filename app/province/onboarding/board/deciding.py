"""What offices do with applications: approve, ask back, reject, and have a preparation that failed done once more.

Every function but `went_live` runs inside a platform scope and commits. An application is locked first and its village
after it; of two officers at once the second finds it decided and is told by whom. Whether the application lies in the
officer's region was decided before; which office decides is asked here.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from app.core import audit
from app.core.accounts.managing import managers_of
from app.core.actors import Actor, acting_as
from app.core.addresses import services as addresses
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.province.onboarding.applications import events, holding, offices, services, steps, telling
from app.province.onboarding.applications.models import Application
from app.province.onboarding.board import blocking, waiting
from app.province.onboarding.board.rules import refuse_unless_yours
from app.province.onboarding.board.words import STATES, step_word
from app.province.states import JOINING
from tenants import jobs, outbox, registry
from tenants.models import PlatformJobRun, TenantRow, TenantState, now

PROVISION = "onboarding.provision"
MOST_COMMENT = 1000
CORRECTABLE = steps.KEYS[:-1]
"""Steps of the wizard that an office may ask to have corrected."""


class NotDecided(Exception):
    """Nothing was done; the message is a sentence for the officer."""


class AlreadyDecided(NotDecided):
    """Somebody else was faster; the message says who and what."""


def approve(application_id: uuid.UUID, *, by: Actor, seen: int | None = None) -> PlatformJobRun:
    """Approve an application: its village gets address and words at once, its schema within a second by a job.

    Args:
        application_id: one that waits for a decision.
        by: the officer.
        seen: the row's version that the officer saw; None: whichever stands.
    Returns:
        The run of the preparation, which the board watches.

    Raises Missing; AlreadyDecided; NotYours; NotDecided with a sentence when the address was taken meanwhile, the
    village runs other software or is in service already, or the applicant is blocked.
    """
    application, row = _locked(application_id)
    _refuse_unless_open(application, ("submitted",), seen)
    refuse_unless_yours(by, row)
    _refuse_village(row)
    if reason := blocking.reason_for(application.email, application.phone):
        raise _undone(_("Pendaftar ini diblokir: %(reason)s. Hapus blokirnya dahulu.", reason=reason))
    with acting_as(by):
        try:
            addresses.move_slug(row.id, application.slug or row.slug, by=by.name, keep_old=False)
        except addresses.AddressRefused as taken:
            raise _undone(
                _("%(why)s Kembalikan pendaftaran ini agar desa memilih alamat lain.", why=taken)
            ) from taken
        services.apply_answers(application, row)
        if row.state in JOINING:
            registry.change_state(row, TenantState.APPROVED)
        _decide(application, row, "approved", by, "")
        run = _ask_for_schema(application, row, by)
        telling.told(application, "approved")
        db.session.commit()
    registry.hosts_changed()
    outbox.deliver_now(run.id)
    return run


def ask_back(
    application_id: uuid.UUID,
    *,
    by: Actor,
    comment: str,
    wrong_steps: Sequence[str] = (),
    seen: int | None = None,
) -> None:
    """Give an application back with a comment; the applicant is told which steps of the wizard are meant.

    `wrong_steps` are keys out of CORRECTABLE. Raises Invalid for `comment` or `steps`; Missing, AlreadyDecided,
    NotYours as `approve`.
    """
    said = _comment(comment)
    if unknown := [key for key in wrong_steps if key not in CORRECTABLE]:
        raise Invalid("steps", _("Langkah “%(step)s” tidak ada.", step=unknown[0]))
    application, row = _locked(application_id)
    _refuse_unless_open(application, ("submitted",), seen)
    refuse_unless_yours(by, row)
    chosen = [key for key in CORRECTABLE if key in wrong_steps]
    with force_locale(application.locale):
        wrong = _("Yang perlu diperbaiki: %(steps)s.", steps=", ".join(step_word(key) for key in chosen))
    told = f"{said}\n\n{wrong}" if chosen else said
    with acting_as(by):
        _decide(application, row, "returned", by, told)
        application.step = chosen[0] if chosen else steps.SUMMARY
        application.answers = {k: v for k, v in application.answers.items() if k != steps.SUMMARY}
        telling.told(application, "returned")
        db.session.commit()


def reject(application_id: uuid.UUID, *, by: Actor, reason: str, seen: int | None = None) -> None:
    """Refuse an application for good; its village may be applied for again.

    Raises Invalid for `comment`; Missing, AlreadyDecided, NotYours as `approve`.
    """
    said = _comment(reason)
    application, row = _locked(application_id)
    _refuse_unless_open(application, ("submitted", "returned"), seen)
    refuse_unless_yours(by, row)
    with acting_as(by):
        holding.release(application)
        _decide(application, row, "rejected", by, said)
        telling.told(application, "rejected")
        db.session.commit()
    registry.hosts_changed()


def retry(application_id: uuid.UUID, *, by: Actor) -> PlatformJobRun:
    """Ask once more for a preparation that failed. Raises Missing, NotYours, or NotDecided when it did not fail."""
    application, row = _locked(application_id)
    refuse_unless_yours(by, row)
    run = newest_run(application.id)
    if application.state != "approved" or (run is not None and run.state != "failed"):
        raise _undone(_("Penyiapan desa ini tidak gagal, jadi tidak ada yang diulang."))
    with acting_as(by):
        if run is None:
            run = _ask_for_schema(application, row, by)
        else:
            jobs.ask_again(run)
        events.note(application, "note", "retry", by.name)
        audit.record(
            "application.retried", object_type="application", object_id=application.id,
            summary=_name(row), tenant_id=row.id,
        )  # fmt: skip
        db.session.commit()
    outbox.deliver_now(run.id)
    return run


def finish(application_id: uuid.UUID) -> bool:
    """Note that an approved application's village has its schema; False when it was noted already. Commits."""
    query = select(Application).where(Application.id == application_id).with_for_update()
    application = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if application is None or application.state != "approved":
        db.session.rollback()
        return False
    application.provisioned_at = now()
    events.move(application, "provisioned")
    db.session.commit()
    return True


def went_live(tenant_id: uuid.UUID) -> bool:
    """Note in the open transaction that a village's setting up is done; whoever says so commits.

    Its application is live from now on and its applicant is told. Inside a platform scope. Returns whether there was
    an application to note; a second call finds none.
    """
    query = (
        select(Application)
        .where(Application.tenant_id == tenant_id, Application.state.in_(["approved", "provisioned"]))
        .with_for_update()
    )
    found = db.session.scalars(query).all()
    for application in found:
        application.provisioned_at = application.provisioned_at or now()
        application.live_at = now()
        events.move(application, "live")
        telling.told(application, "live")
    return bool(found)


def newest_run(application_id: uuid.UUID) -> PlatformJobRun | None:
    """The last preparation that was asked for an application (one select)."""
    query = (
        select(PlatformJobRun)
        .where(PlatformJobRun.name == PROVISION)
        .where(PlatformJobRun.arguments["application_id"].astext == str(application_id))
        .order_by(PlatformJobRun.created_at.desc())
    )
    return db.session.scalars(query.limit(1)).one_or_none()


def _locked(application_id: uuid.UUID) -> tuple[Application, TenantRow]:
    query = select(Application).where(Application.id == application_id).with_for_update()
    application = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if application is None or application.tenant_id is None:
        db.session.rollback()
        raise Missing("application")
    return application, holding.locked_village(application.tenant_id)


def _refuse_unless_open(application: Application, states: Sequence[str], seen: int | None) -> None:
    """Raise AlreadyDecided unless an application stands where it was seen."""
    if application.state not in states:
        said = str(STATES[application.state].label)
        if application.decided_by:
            raise _undone(
                _("Pendaftaran ini sudah diputuskan oleh %(name)s: %(state)s.",
                  name=application.decided_by, state=said),
                AlreadyDecided,
            )  # fmt: skip
        raise _undone(_("Pendaftaran ini tidak menunggu keputusan: %(state)s.", state=said), AlreadyDecided)
    if seen is not None and seen != application.row_version:
        raise _undone(
            _("Pendaftaran ini baru saja berubah. Periksa isinya yang sekarang, lalu putuskan."),
            AlreadyDecided,
        )


def _refuse_village(row: TenantRow) -> None:
    if row.software is not None:
        raise _undone(
            _("%(village)s memakai sistem lain (%(software)s). Akhiri catatan itu dahulu.",
              village=_name(row), software=row.software)
        )  # fmt: skip
    waits_for_people = row.state == TenantState.PROVISIONED and not managers_of(row.id)
    if row.state not in JOINING and not waits_for_people:
        raise _undone(_("%(village)s sudah memakai Siger.", village=_name(row)))


def _decide(application: Application, row: TenantRow, state: str, by: Actor, comment: str) -> None:
    application.decided_at, application.decided_by, application.decided_by_id = now(), by.name, by.account_id
    application.comment = comment
    events.move(application, state, by.name, comment)
    offices.note_office(application, by.region_code or "")
    audit.record(
        f"application.{state}",
        object_type="application",
        object_id=application.id,
        summary=_name(row),
        details={"reason": comment} if comment else {},
        tenant_id=row.id,
    )
    waiting.changed()


def _ask_for_schema(application: Application, row: TenantRow, by: Actor) -> PlatformJobRun:
    run = jobs.start_run(
        PROVISION,
        _name(row),
        total=1,
        asked_by=by.name,
        application_id=str(application.id),
        village_id=str(row.id),
        region_code=row.code,
    )
    assert isinstance(run, PlatformJobRun)
    return run


def _comment(text: str) -> str:
    said = text.strip()
    if not said:
        raise Invalid("comment", _("Tulis apa yang perlu diketahui desa."))
    if len(said) > MOST_COMMENT:
        raise Invalid("comment", _("Paling banyak %(most)s huruf.", most=MOST_COMMENT))
    return said


def _undone(sentence: object, kind: type[NotDecided] = NotDecided) -> NotDecided:
    db.session.rollback()
    return kind(str(sentence))


def _name(row: TenantRow) -> str:
    return f"{row.term} {row.name}"
