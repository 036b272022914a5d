"""`siger tenants snapshot|copies|restore`: one village, as it was, beside itself first; others are not touched."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.hosting import SigerFlask
from tenants.scope import Tenant
from tests.support.copies import address_of, beside, digests, rename, schemas
from tests.support.servers import DatabaseUrls
from tests.support.shell import Run, shell
from tests.support.work import settle


@pytest.fixture
def run(app: SigerFlask, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> Run:
    return shell(app, urls, monkeypatch)


def _taken(run: Run, village: Tenant) -> str:
    made = run("tenants", "snapshot", village.code, "--note", "sebelum impor")
    assert made.exit_code == 0, made.output
    return str(made.output.split()[0])


def test_a_copy_is_taken_listed_and_put_beside_its_village(
    run: Run, app: SigerFlask, urls: DatabaseUrls, make_village: Callable[[], Tenant]
) -> None:
    village, neighbour = make_village(), make_village()
    rename(app, village, "Jalan Lama 1")
    copy = _taken(run, village)
    listed = run("tenants", "copies", village.code)
    assert copy in listed.output
    assert "sebelum impor" in listed.output
    assert "hand" in listed.output
    rename(app, village, "Jalan Baru 2")
    live, other = digests(urls, village), digests(urls, neighbour)
    found = run("tenants", "restore", village.code, "--copy", copy)
    assert found.exit_code == 0, found.output
    assert "village_profile" in found.output
    assert "goes on as it is" in found.output
    assert digests(urls, village) == live
    assert digests(urls, neighbour) == other
    (side,) = beside(app, village)
    assert side.schema_name in found.output
    dropped = run("tenants", "restore", village.code, "--copy", copy, "--discard")
    assert dropped.exit_code == 0
    assert "dropped" in dropped.output
    assert beside(app, village) == []
    assert side.schema_name not in schemas(urls)


def test_replacing_a_live_village_needs_its_code_and_a_reason(
    run: Run, app: SigerFlask, urls: DatabaseUrls, make_village: Callable[[], Tenant]
) -> None:
    village, neighbour = make_village(), make_village()
    rename(app, village, "Jalan Lama 1")
    copy = _taken(run, village)
    rename(app, village, "Jalan Baru 2")
    before, other = digests(urls, village), digests(urls, neighbour)
    for words in ((), ("--confirm", neighbour.code), ("--confirm", village.code)):
        refused = run("tenants", "restore", village.code, "--copy", copy, "--swap", *words)
        assert refused.exit_code == 1
        assert "Nothing was changed" in refused.output
    assert digests(urls, village) == before
    assert beside(app, village) == []
    done = run(
        "tenants", "restore", village.code, "--copy", copy, "--swap", "--confirm", village.code,
        "--reason", "impor yang salah",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert address_of(app, village) == "Jalan Lama 1"
    assert digests(urls, neighbour) == other
    (kept,) = beside(app, village)
    assert kept.kind == "replaced"
    settle(app)
    assert run("tenants", "doctor").output.count(village.schema) == 0


def test_what_is_not_this_villages_copy_is_refused_in_a_sentence(
    run: Run, app: SigerFlask, urls: DatabaseUrls, make_village: Callable[[], Tenant]
) -> None:
    village, neighbour = make_village(), make_village()
    copy = _taken(run, neighbour)
    before = schemas(urls)
    other = run("tenants", "restore", village.code, "--copy", copy)
    assert other.exit_code == 1
    assert other.output.startswith("Error: ")
    unknown = run("tenants", "restore", village.code, "--copy", "00000000-0000-0000-0000-000000000001")
    assert unknown.exit_code == 1
    assert run("tenants", "snapshot", "99.99.99.9999").exit_code == 1
    assert schemas(urls) == before


def test_a_comparison_of_another_copy_is_neither_put_in_place_nor_dropped(
    run: Run, app: SigerFlask, urls: DatabaseUrls, make_village: Callable[[], Tenant]
) -> None:
    village = make_village()
    rename(app, village, "Jalan Oktober 1")
    older = _taken(run, village)
    rename(app, village, "Jalan Kemarin 2")
    newer = _taken(run, village)
    assert run("tenants", "restore", village.code, "--copy", older).exit_code == 0
    for words in (("--swap", "--confirm", village.code, "--reason", "impor yang salah"), ("--discard",)):
        refused = run("tenants", "restore", village.code, "--copy", newer, *words)
        assert refused.exit_code == 1
        assert "has a comparison already" in refused.output
    assert address_of(app, village) == "Jalan Kemarin 2"
    (side,) = beside(app, village)
    assert str(side.copy_id) == older
