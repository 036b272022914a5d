"""What the proxy in front of the house asks of it."""

from __future__ import annotations

import pytest

from tenants.scope import Tenant
from tests.support.visitors import Visitor


def test_a_certificate_is_asked_for_hosts_that_lead_somewhere(province: Visitor, village: Tenant) -> None:
    assert province.get(f"/health/host?domain={village.slug}.localhost").status_code == 200
    assert province.get("/health/host?domain=localhost").status_code == 200


@pytest.mark.parametrize(
    "domain", ["", "nobody.localhost", "evil.example", "localhost.evil.example", "a" * 300]
)
def test_no_certificate_for_hosts_of_others(province: Visitor, domain: str) -> None:
    assert province.get(f"/health/host?domain={domain}").status_code == 404
