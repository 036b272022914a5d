"""What a village chose for a capability: plain values under the capability's name, beside the state of its records.

They lie in the one row `village_state.settings`, so reading them costs one small select and choosing needs no table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from app.core.privacy.models import VillageState
from app.core.privacy.vault import open_vault
from app.extensions import db

PREFIX = "options."


def options_of(capability: str) -> dict[str, Any]:
    """What the present village chose for a capability; empty where it chose nothing yet."""
    found = db.session.scalar(select(VillageState.settings[PREFIX + capability]))
    return dict(found) if isinstance(found, dict) else {}


def choose_options(capability: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set some of a capability's values in the open transaction, leave the others, and return all of them.

    Holds the row until the commit, so two who choose at once lose nothing of each other's.
    """
    open_vault(alone=True)
    chosen = {**options_of(capability), **values}
    whole = func.jsonb_build_object(PREFIX + capability, type_coerce(chosen, JSONB))
    db.session.execute(VillageState.__table__.update().values(settings=VillageState.settings.op("||")(whole)))
    return chosen
