"""The portal's front page: what waits for whom is signed in, what one can do here for everybody else."""

from __future__ import annotations

from flask import render_template

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import anonymous
from app.government.selfservice.frame import init_frame, signed_in_resident

blueprint = AudienceBlueprint("portal", __name__, audience="resident", url_prefix="/layanan")
blueprint.record_once(init_frame)


@blueprint.get("")
@anonymous
def home() -> str:
    """Greet by name and say what waits; or say what one can do here."""
    resident = signed_in_resident()
    if resident is None:
        return render_template("selfservice/landing.html")
    return render_template("selfservice/home.html", resident=resident)
