"""What residents' messages bring to the house."""

from __future__ import annotations

from app.core.notifications.people import declare_residents
from app.government.selfservice.notices.people import residents_by_account
from app.government.selfservice.notices.views import blueprint

PAGES = (blueprint,)


def declare() -> None:
    """Say who knows the residents' accounts (at start)."""
    declare_residents(residents_by_account)
