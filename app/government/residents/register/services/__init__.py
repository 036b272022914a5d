"""The register's deeds: each function is one, and commits; `enter_resident` and `amend_resident` take part in one."""

from __future__ import annotations

from app.government.residents.register.services.checking import Acceptance, judge, values_of
from app.government.residents.register.services.households import (
    add_household,
    change_household,
    household_values,
    order_members,
    put_member,
    remove_empty_household,
    take_out_member,
)
from app.government.residents.register.services.residents import (
    add_resident,
    amend_resident,
    change_resident,
    enter_resident,
    settle_heads,
)
from app.government.residents.register.services.viewing import note_identity_seen

__all__ = [
    "Acceptance",
    "add_household",
    "add_resident",
    "amend_resident",
    "change_household",
    "change_resident",
    "enter_resident",
    "household_values",
    "judge",
    "note_identity_seen",
    "order_members",
    "put_member",
    "remove_empty_household",
    "settle_heads",
    "take_out_member",
    "values_of",
]
