"""What the province shows of villages that are being set up: a card on the village's page and on its mentor's."""

from __future__ import annotations

from typing import Any

from app.core.blueprints import AudienceBlueprint
from app.province.onboarding.setup.shown import setup_of, setups_of

above = AudienceBlueprint("setup_above", __name__, audience="province")


@above.app_context_processor
def progress() -> dict[str, Any]:
    """What templates ask for villages' progress; nothing is read before they do."""
    return {"setup_of": setup_of, "setups_of": setups_of}
