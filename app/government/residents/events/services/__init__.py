"""What a clerk records: each function is one deed in one transaction of the present village.

All take an `Occasion`; all return the deed's id. They raise app.core.village.errors.Missing for an id that the village
does not have, and Refused with sentences.
"""

from __future__ import annotations

from app.government.residents.events.services.arriving import move_in, register_birth, return_home
from app.government.residents.events.services.families import (
    change_head,
    dissolve_household,
    merge_households,
    split_household,
)
from app.government.residents.events.services.leaving import leave_village, move_out, register_death
from app.government.residents.events.services.months import close_month, first_to_close, reopen_month
from app.government.residents.events.services.status import change_nationality, change_residence, move_area
from app.government.residents.events.services.undoing import undo_deed

__all__ = [
    "change_head",
    "change_nationality",
    "change_residence",
    "close_month",
    "dissolve_household",
    "first_to_close",
    "leave_village",
    "merge_households",
    "move_area",
    "move_in",
    "move_out",
    "register_birth",
    "register_death",
    "reopen_month",
    "return_home",
    "split_household",
    "undo_deed",
]
