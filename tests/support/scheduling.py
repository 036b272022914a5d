"""Which process of a parallel run takes which test: browser tests share one house, so one process takes them all."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

BROWSER_TESTS = "tests/e2e/"


class HouseholdScheduling(LoadScopeScheduling):
    """The browser tests first and together, every other test for itself, to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER_TESTS if nodeid.startswith(BROWSER_TESTS) else nodeid
