"""From a village's screen to the province's: what the staff do shows above within seconds, and only as a sum."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from click.testing import CliRunner

from app.cli import main
from app.core.hosting import SigerFlask
from tenants.scope import Tenant
from tests.support.visitors import Visitor
from tests.support.work import settle

Person = Callable[..., Visitor]


def row_of(page: str, name: str) -> list[str]:
    """The cells of a village's row in the overview of its kecamatan."""
    found = re.search(
        rf'<tr>\s*<th scope="row"><a href="[^"]+">{re.escape(name)}</a>.*?</tr>', page, re.DOTALL
    )
    assert found is not None, page
    return re.findall(r"<span>(?:<span[^>]*>)?([^<]*)</", found.group(0))


def test_an_official_added_in_a_village_is_counted_on_the_overview_within_5_seconds(
    app: SigerFlask, village: Tenant, staff: Person, officer: Person
) -> None:
    settle(app)
    above = officer("district_officer", village.district_code)
    before = row_of(above.get("/").text, village.full_name)
    assert before[0] == "Disiapkan"
    assert set(before[1:]) == {"–"}
    started = time.monotonic()
    answer = staff(village, "secretary").submit(
        "/pengaturan/perangkat/tambah", {"name": "Suyatno", "title": "", "position": "head"}
    )
    assert answer.status_code == 303
    settle(app)
    page = above.get("/").text
    took = time.monotonic() - started
    state, _index, set_up, active, _people = row_of(page, village.full_name)
    assert (state, active) == ("Disiapkan", "1")
    assert set_up.endswith("%")
    assert "Suyatno" not in page
    card = above.get(f"/desa/{village.id}").text
    assert re.search(r'Perangkat yang menjabat</a>.{0,300}?figure-value">1<', card, re.DOTALL)
    assert "Suyatno" not in card
    assert took < 5, f"{took:.2f} s"


def test_the_command_line_lists_what_is_measured() -> None:
    listed = CliRunner().invoke(main, ["indicators", "list"])
    assert listed.exit_code == 0
    for code in ("adoption.live", "adoption.staff_active_7d", "adoption.setup_progress", "staff.count"):
        assert code in listed.output
    unclear = CliRunner().invoke(main, ["indicators", "refresh"])
    assert unclear.exit_code == 2
    assert "--village" in unclear.output
