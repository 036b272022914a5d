"""What people do with a village: the only place that commits. Each function is a transaction of the present village."""

from __future__ import annotations

from app.core.village.services.cover import change_cover
from app.core.village.services.filling import Person, VillageContent, fill_village
from app.core.village.services.marks import mark_and_commit, mark_step
from app.core.village.services.officials import add_official, change_official, move_official, remove_official
from app.core.village.services.profile import (
    Upload,
    change_hours,
    change_identity,
    change_look,
    tick_step,
)
from app.core.village.services.registry import change_words, switch_capabilities
from app.core.village.services.sub_areas import add_sub_areas, change_sub_area, remove_sub_area

__all__ = [
    "Person",
    "Upload",
    "VillageContent",
    "add_official",
    "add_sub_areas",
    "change_cover",
    "change_hours",
    "change_identity",
    "change_look",
    "change_official",
    "change_sub_area",
    "change_words",
    "fill_village",
    "mark_and_commit",
    "mark_step",
    "move_official",
    "remove_official",
    "remove_sub_area",
    "switch_capabilities",
    "tick_step",
]
