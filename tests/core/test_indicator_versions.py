"""What an indicator means is said in both languages, kept by version, and never changed in silence.

indicator_definitions.json holds a digest of what each version said. Whoever changes what an indicator means raises its
version; `KEEP_DEFINITIONS=1 .venv/bin/pytest -n0 tests/core/test_indicator_versions.py` adds new versions to the file.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import pytest
from sqlalchemy import delete

from app.core import capabilities
from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Indicator, declared
from app.core.indicators.models import IndicatorVersion
from app.core.indicators.versions import BEGINNING, digest, meaning, note_versions, version_in, versions_of
from app.extensions import db
from tenants.scope import platform_scope

DEFINITIONS = Path(__file__).with_name("indicator_definitions.json")


def test_every_indicator_says_what_it_counts_in_both_languages(app: SigerFlask) -> None:
    unsaid = [one.code for one in declared() if not (one.definition and one.definition_en)]
    assert not unsaid
    assert not [one.code for one in declared() if one.definition == one.definition_en]


def test_a_definition_changes_with_its_version_alone(app: SigerFlask) -> None:
    kept: dict[str, dict[str, str]] = json.loads(DEFINITIONS.read_text())
    present = {one.code: (str(one.version), digest(one)) for one in declared()}
    changed = [code for code, (v, d) in present.items() if kept.get(code, {}).get(v, d) != d]
    assert not changed, "these mean something else now: raise their version"
    if os.environ.get("KEEP_DEFINITIONS"):
        for code, (version, said) in present.items():
            kept.setdefault(code, {})[version] = said
        DEFINITIONS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    new = [code for code, (version, _) in present.items() if version not in kept.get(code, {})]
    assert not new, "new indicators or versions: write them down, see the head of this file"


def test_traits_of_residents_are_sensitive_and_ways_are_right(app: SigerFlask) -> None:
    known = {one.code: one for one in declared()}
    traits = {"pop.without_nik", "pop.without_birth_certificate", "pop.disabled", "pop.bpjs_covered"}
    assert {code for code, one in known.items() if one.sensitive} == traits
    assert {code for code, one in known.items() if one.direction == "lower"} >= {
        "pop.without_nik", "pop.without_birth_certificate", "letters.median_hours", "complaints.median_days",
    }  # fmt: skip
    assert {known[code].direction for code in ("pop.total", "letters.requested", "complaints.received")} == {
        "neutral"
    }


def test_every_median_has_edges_and_every_ratio_and_day_fits(app: SigerFlask) -> None:
    for one in declared():
        assert bool(one.edges) == (one.rollup == "histogram"), one.code
        assert list(one.edges) == sorted(set(one.edges)), one.code
        assert not (one.daily and one.rollup == "histogram"), f"{one.code}: days keep no buckets"


def test_a_new_version_holds_from_its_month_and_the_old_one_stays_readable(
    app: SigerFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counts(version: int, definition: str) -> Indicator:
        return Indicator(
            "made.up", "Contoh", "Example", "count", "adoption", None, version=version, definition=definition
        )

    def declare(one: Indicator) -> None:
        made = capabilities.Capability("made", "Contoh", "core", indicators=(one,))
        monkeypatch.setitem(capabilities._capabilities, "made", made)

    march, may = dt.date(2026, 3, 1), dt.date(2026, 5, 1)
    with app.app_context(), platform_scope():
        declare(counts(1, "Semua."))
        assert "made.up" in note_versions(march)
        assert note_versions(may) == []
        declare(counts(2, "Yang aktif saja."))
        assert note_versions(may) == ["made.up"]
        declare(counts(2, "Diubah diam-diam."))
        assert note_versions(may) == []
        first, second = found = versions_of("made.up")
        assert (first.holds_from, second.holds_from) == (BEGINNING, may)
        assert version_in(found, march) is first
        assert version_in(found, may) is second
        assert second.definition["definition"] == "Yang aktif saja."
        assert meaning(counts(1, "Semua."))["definition"] == first.definition["definition"]
        db.session.execute(delete(IndicatorVersion).where(IndicatorVersion.code == "made.up"))
        db.session.commit()
