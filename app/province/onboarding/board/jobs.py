"""Preparing a village whose application was approved: its schema out of a warm spare, its first account, its letter."""

from __future__ import annotations

import uuid

from app.extensions import db
from app.province.jobs import make_schema
from app.province.onboarding.applications import offices
from app.province.onboarding.applications.models import Application
from app.province.onboarding.board import deciding
from app.province.onboarding.welcome import welcome
from tenants import jobs


@jobs.job(deciding.PROVISION, queue="high", timeout=120, place="platform")
def provision_approved(application_id: str, village_id: str, region_code: str, run_id: str) -> None:
    """Make the village's schema, invite its first person, and bring the application a state further.

    Each part passes over what is done, so a job whose worker was killed goes on where it stood. `village_id` and
    `region_code` say for whom the run is listed.
    """
    key = uuid.UUID(application_id)
    application = db.session.get(Application, key)
    if application is None or application.state not in ("approved", "provisioned", "live"):
        return
    who = (application.applicant_name, application.email, application.phone, application.applicant_title)
    locale = application.locale
    by, office = application.decided_by, offices.decided_in(application)
    db.session.rollback()
    tenant_id = uuid.UUID(village_id)
    make_schema(tenant_id)
    name, email, phone, title = who
    if email:
        welcome(
            tenant_id, name=name, email=email, phone=phone, title=title, by=by, office=office, locale=locale
        )
    deciding.finish(key)
    jobs.enqueue("province.make_spares")
    jobs.report_progress(run_id, 1)
