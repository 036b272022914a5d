"""Villages whose services the tests use: set up and open to their residents."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.hosting import SigerFlask
from tenants.scope import Tenant
from tests.support.villages import opened


@pytest.fixture
def make_village(app: SigerFlask, make_village: Callable[[], Tenant]) -> Callable[[], Tenant]:
    """Makes throwaway villages that went live."""
    return lambda: opened(app, make_village())
