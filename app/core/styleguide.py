"""Every piece of the look on one page, for those who build pages. Served in development and tests only."""

from __future__ import annotations

from flask import current_app, render_template, request

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import anonymous
from tenants.models import now

styleguide = AudienceBlueprint("styleguide", __name__, audience="province")


@styleguide.get("/styleguide")
@anonymous
def show() -> str:
    """Show every macro with sample data."""
    return render_template(
        "ui/styleguide.html",
        moment=now(),
        page_url=lambda page: f"{request.path}?page={page}",
        menu=[],
        who=None,
        region={"name": "Lampung", "office": "Dinas PMDT"},
        base_host=current_app.config["BASE_HOST"],
    )
