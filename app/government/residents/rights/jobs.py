"""Every night: what is no longer to be kept is removed, in every village that has chosen so."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.privacy.files import remove_strays
from app.core.privacy.rotation import village_ids
from app.extensions import db
from app.government.residents.imports.services import forget_old_imports
from app.government.residents.rights.retention import remove_what_is_over
from tenants import fan_out, jobs, schedule

RETAIN = "residents.retain"
RETAIN_ALL = "residents.retain_all"


@jobs.job(RETAIN, queue="bulk", timeout=900)
def retain() -> dict[str, int]:
    """Remove what the present village no longer keeps, and sealed objects that no row knows."""
    people, imports = remove_what_is_over(), forget_old_imports()
    return {"people": people, "imports": imports, "strays": remove_strays()}


@jobs.job(RETAIN_ALL, queue="bulk", place="platform")
def retain_all() -> None:
    """Ask for it in every village that has a schema."""
    fan_out.fan_out(RETAIN, _("Masa simpan data penduduk"), village_ids())
    db.session.commit()


schedule.every("20 18 * * *", RETAIN_ALL)
