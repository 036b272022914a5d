"""What a row of a workbook may do with an application that its village has sent in already: as the decision's page.

The dry run and the work ask the same question, so that nothing is refused later that was promised before.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from app.core.forms import canonical_email
from app.province.officers import offices_of
from app.province.onboarding.applications import offices
from app.province.onboarding.board.rules import office_may_decide
from tenants.models import TenantRow

DECIDED = "approved"


@dataclass(frozen=True, slots=True)
class Pending:
    """An application that holds a village."""

    state: str
    name: str
    email: str
    phone: str

    @property
    def who(self) -> str:
        """Who applied."""
        return self.name or "–"


@dataclass(frozen=True, slots=True)
class Deciding:
    """Who would approve it: `decides_for` of the officer (see `rules`), the level that is set, offices with people."""

    decides_for: str
    level: int
    staffed: Collection[str]


def objection(
    pending: Pending, village: TenantRow, contact_email: str, *, by: Deciding, blocked: str
) -> tuple[str, dict[str, Any]] | None:
    """Why a row can't approve its village's application, as a code of `words.ERRORS` with what its sentence names.

    Args:
        contact_email: of the row's contact, who has to be the one who applied.
        blocked: why the applicant is blocked; empty for everybody else.
    """
    if pending.state == DECIDED:
        return "under_way", {}
    if not office_may_decide(by.decides_for, village, by.level):
        level = offices.staffed_level(offices_of(village), by.level, by.staffed)
        return "not_yours", {"who": pending.who, "office": offices.name_at(village, level)}
    if pending.state == "returned":
        return "given_back", {"who": pending.who}
    if blocked:
        return "applicant_blocked", {"who": pending.who, "reason": blocked}
    if canonical_email(contact_email) != canonical_email(pending.email):
        return "other_contact", {"who": pending.who}
    return None
