"""Every night: residents' drafts that nobody touched for a month are thrown away."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.privacy.rotation import village_ids
from app.extensions import db
from app.government.selfservice.requests.drafts import forget_old_drafts
from tenants import fan_out, jobs, schedule

FORGET = "selfservice.forget_drafts"
FORGET_ALL = "selfservice.forget_drafts_all"


@jobs.job(FORGET, queue="bulk", timeout=300)
def forget() -> dict[str, int]:
    """Throw away the old drafts of the present village."""
    return {"drafts": forget_old_drafts()}


@jobs.job(FORGET_ALL, queue="bulk", place="platform")
def forget_all() -> None:
    """Ask for it in every village that has a schema."""
    fan_out.fan_out(FORGET, _("Konsep permohonan warga yang lama"), village_ids())
    db.session.commit()


schedule.every("35 18 * * *", FORGET_ALL)
