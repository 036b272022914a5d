"""Hosts: who is served, and who is told that nothing is here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tenants.hosts import normalise_host
from tenants.scope import Tenant
from tests.support.visitors import Visitor

HOSTILE = [
    "{slug}.localhost.evil.test",
    "evil.{slug}.localhost",
    "localhost.evil.test",
    "{slug}",
    "{slug}.localhost:80:80",
    "{slug}.localhost\\@evil.test",
    "[::1]",
    "..localhost",
    "-{slug}.localhost",
    "{slug}_x.localhost",
    "ğisting-atas.localhost",
    "xn--gisting-atas-x.localhost",
    "a" * 300 + ".localhost",
    "' OR 1=1 --.localhost",
    "%00.localhost",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_hostile_hosts_lead_nowhere(pattern: str, village: Tenant, visit: Callable[[str], Visitor]) -> None:
    browser = visit("localhost")
    response = browser.client.get("/", headers={"Host": pattern.format(slug=village.slug)})
    assert response.status_code == 404
    assert village.name not in response.text


@pytest.mark.parametrize(
    "form", ["{}.localhost", "{}.LOCALHOST", "{}.localhost:8000", "{}.localhost.", "{}.localhost.:443"]
)
def test_every_spelling_of_a_host_leads_to_its_village(
    form: str, village: Tenant, visit: Callable[[str], Visitor]
) -> None:
    response = visit("localhost").client.get("/", headers={"Host": form.format(village.slug.upper())})
    assert response.status_code == 200
    assert village.name in response.text


def test_normalised_hosts_hold_nothing_but_labels() -> None:
    assert normalise_host("Gisting-Atas.LOCALHOST.:8000") == "gisting-atas.localhost"
    assert normalise_host("") is None
    assert normalise_host("a..b") is None
