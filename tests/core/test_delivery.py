"""What the proxy in front of the house asks of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tenants.scope import Tenant
from tests.support.visitors import Visitor


def test_our_own_hosts_have_the_wildcard_s_certificate(province: Visitor, village: Tenant) -> None:
    assert province.get(f"/health/host?domain={village.slug}.localhost").status_code == 404
    assert province.get(f"/health/host?domain={village.slug}").status_code == 404
    assert province.get("/health/host?domain=localhost").status_code == 404


@pytest.mark.parametrize(
    "domain", ["", "nobody.localhost", "evil.example", "localhost.evil.example", "a" * 300]
)
def test_no_certificate_for_hosts_of_others(province: Visitor, domain: str) -> None:
    assert province.get(f"/health/host?domain={domain}").status_code == 404


def test_names_that_strangers_make_up_cost_no_select(
    province: Visitor, count_queries: Callable[..., AbstractContextManager[list[str]]]
) -> None:
    province.get("/health/host?domain=first.example")
    with count_queries(at_most=0):
        for number in range(20):
            assert province.get(f"/health/host?domain=n{number}.evil.example").status_code == 404
