"""Preparing one village of a workbook: looked at anew, its application approved, address, schema, first account.

Each part passes over what is done, and the row names the application that it made or took on: a worker that was killed
in between leaves a village that the next one finishes, and no village is prepared for two.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.core import audit
from app.core.addresses import services as addresses
from app.extensions import db
from app.province.jobs import make_schema
from app.province.officers import offices_of
from app.province.onboarding.applications import events, holding, offices, services, telling
from app.province.onboarding.applications.models import Application, BlockedApplicant
from app.province.onboarding.board import blocking, deciding, waiting
from app.province.onboarding.bulk.columns import CLOSED
from app.province.onboarding.bulk.models import BulkRow, BulkRun
from app.province.onboarding.bulk.pending import DECIDED, Deciding, Pending, objection
from app.province.onboarding.bulk.words import sentence_of
from app.province.onboarding.welcome import welcome
from app.province.states import JOINING
from tenants import registry
from tenants.errors import ProvisioningFailed
from tenants.models import TenantRow, TenantState, now

LOOKS = 5


class RowFailed(RuntimeError):
    """The village was not prepared; the message is a sentence, and the row can be asked for again."""


class RowPassed(RuntimeError):
    """Somebody else prepares the village or has done so; the message is a sentence that says who."""


@dataclass(frozen=True, slots=True)
class Starter:
    """Who has a workbook carried out: by name, the region of the office, and that region where they decide."""

    name: str
    office: str
    decides_for: str


def prepare(bulk_id: uuid.UUID, tenant_id: uuid.UUID, *, office: str, decides_for: str) -> None:
    """Prepare one village of a workbook. Inside a platform scope; commits. Raises RowFailed with a sentence.

    Args:
        office: the region of who started it.
        decides_for: the same where they decide on applications (see `board.rules`), else empty.
    """
    with force_locale("id"):
        mine = (BulkRow.run_id == bulk_id, BulkRow.tenant_id == tenant_id, BulkRow.verdict != "error")
        row = db.session.scalars(select(BulkRow).where(*mine)).first()
        if row is None or row.outcome in ("", "done", "passed"):
            return
        number = row.number
        try:
            _prepare(row, tenant_id, office, decides_for)
            outcome, said = "done", ""
        except RowPassed as passed:
            outcome, said = "passed", str(passed)
        except RowFailed as failed:
            outcome, said = "failed", str(failed)
        except ProvisioningFailed:
            outcome = "failed"
            said = _(
                "Skema desa belum dapat dibuat. Tidak ada yang setengah jadi; ulangi beberapa saat lagi."
            )
        except Exception:
            db.session.rollback()
            _note(bulk_id, number, "failed", _("Terhenti karena gangguan. Ulangi yang gagal."))
            raise
        db.session.rollback()
        _note(bulk_id, number, outcome, said)
        if outcome == "failed":
            raise RowFailed(said)


def _prepare(row: BulkRow, tenant_id: uuid.UUID, office: str, decides_for: str) -> None:
    bulk = db.session.get_one(BulkRun, row.run_id)
    by = Starter(bulk.started_by, office, decides_for)
    try:
        application = _own(row) or _claim(row, bulk, by, tenant_id)
    except IntegrityError as error:
        db.session.rollback()
        raise RowFailed(
            _(
                "Desa atau alamatnya baru saja dipakai pendaftaran lain. Ulangi setelah pendaftaran itu selesai."
            )
        ) from error
    key, is_own = application.id, application.route == "bulk"
    who = (application.applicant_name, application.email, application.phone, application.applicant_title)
    locale = application.locale
    db.session.rollback()
    make_schema(tenant_id)
    name, email, phone, title = who
    if email:
        contact = {"name": name, "email": email, "phone": phone, "title": title}
        welcome(tenant_id, **contact, by=by.name, office=by.office, locale=locale)
    if deciding.finish(key) and not is_own:
        telling.told(db.session.get_one(Application, key), "approved")
        db.session.commit()


def _own(row: BulkRow) -> Application | None:
    """The application that this row made or took on before its worker was killed."""
    return db.session.get(Application, row.application_id) if row.application_id else None


def _claim(row: BulkRow, bulk: BulkRun, by: Starter, tenant_id: uuid.UUID) -> Application:
    """Make (or take on) the village's application and approve it; commits with the village's address and words."""
    known, village = _locked(tenant_id)
    _refuse(village, known)
    slug = row.values.get("slug") or village.slug
    application = known
    _refuse_blocked(row)
    if application is None:
        application = _new(row, village, slug)
    else:
        _refuse_pending(row, application, village, by)
        slug = application.slug or village.slug
    try:
        addresses.move_slug(tenant_id, slug, by=by.name, keep_old=False)
    except addresses.AddressRefused as taken:
        db.session.rollback()
        raise RowFailed(str(taken)) from taken
    application.slug = slug
    services.apply_answers(application, village)
    if village.state in JOINING:
        registry.change_state(village, TenantState.APPROVED)
    application.decided_at, application.decided_by = now(), by.name
    events.move(application, "approved", by.name)
    offices.note_office(application, by.office)
    waiting.changed()
    row.application_id = application.id
    audit.record(
        "bulk.village",
        object_type="village",
        object_id=village.id,
        summary=f"{village.term} {village.name}",
        details={"by": by.name, "file": bulk.file_name},
        tenant_id=village.id,
    )
    db.session.commit()
    registry.hosts_changed()
    return application


def _locked(tenant_id: uuid.UUID) -> tuple[Application | None, TenantRow]:
    """The application that holds a village (if one does) and the village, locked in this order, as everywhere."""
    for _attempt in range(LOOKS):
        holder = holding.holder_of(tenant_id)
        known = None
        if holder is not None:
            query = select(Application).where(Application.id == holder).with_for_update()
            known = db.session.scalars(query.execution_options(populate_existing=True)).one()
        village = holding.locked_village(tenant_id)
        if holding.holder_of(tenant_id) == holder:
            return known, village
        # Somebody was faster between the look and the lock.
        db.session.rollback()
    raise RowFailed(_("Desa ini sedang didaftarkan orang lain. Ulangi sebentar lagi."))


def _refuse(village: TenantRow, known: Application | None) -> None:
    if village.schema_name is not None:
        db.session.rollback()
        raise RowPassed(
            _("Desa ini sudah disiapkan lebih dahulu lewat jalan lain; tidak disiapkan dua kali.")
        )
    if known is not None and known.state == DECIDED:
        who = known.decided_by or "–"
        db.session.rollback()
        raise RowPassed(_("Desa ini sedang disiapkan oleh %(name)s; tidak disiapkan dua kali.", name=who))
    if village.state in CLOSED:
        db.session.rollback()
        raise RowFailed(_("Desa ini ditangguhkan atau diarsipkan sesudah berkas diperiksa."))
    if village.software is not None:
        name = village.software
        db.session.rollback()
        raise RowFailed(_("Desa ini memakai sistem lain (%(name)s). Akhiri catatan itu dahulu.", name=name))


def _refuse_blocked(row: BulkRow) -> None:
    named = [value for value in (row.values.get("email"), row.values.get("phone")) if value]
    reason = db.session.scalar(
        select(BlockedApplicant.reason).where(BlockedApplicant.value.in_(named)).limit(1)
    )
    if reason is not None:
        db.session.rollback()
        raise RowFailed(_("Kontak ini diblokir: %(reason)s", reason=reason))


def _refuse_pending(row: BulkRow, known: Application, village: TenantRow, by: Starter) -> None:
    """Refuse what the decision's page would refuse too, and what the dry run could not tell the officer."""
    pending = Pending(known.state, known.applicant_name, known.email, known.phone)
    staffed = offices.deciders_at(offices_of(village).values())
    deciding_office = Deciding(by.decides_for, offices.deciding_level(village), staffed)
    blocked = blocking.reason_for(known.email, known.phone)
    email = row.values.get("email", "")
    refused = objection(pending, village, email, by=deciding_office, blocked=blocked)
    if refused is None and all(code != "application" for _column, code, _named in row.findings):
        refused = ("applied_since", {"who": pending.who})
    if refused is not None:
        said = sentence_of(("", *refused))
        db.session.rollback()
        raise RowFailed(said)


def _new(row: BulkRow, village: TenantRow, slug: str) -> Application:
    contact = {
        "name": row.values.get("contact", ""),
        "title": row.values.get("title", ""),
        "phone": row.values.get("phone", ""),
        "email": row.values.get("email", ""),
    }
    application, _token = services.begin(village.id, route="bulk", contact=contact, locale="id")
    application.slug, application.submitted_at = slug, now()
    if village.state in holding.FREE_STATES:
        holding.hold(application, village)
    return application


def _note(bulk_id: uuid.UUID, number: int, outcome: str, said: str) -> None:
    db.session.execute(
        update(BulkRow)
        .where(BulkRow.run_id == bulk_id, BulkRow.number == number)
        .values(outcome=outcome, note=said, ended_at=now())
    )
    db.session.commit()
