"""Every action that the code records has words, so that the log reads as sentences."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from app.core.audit.actions import action_label, described_actions, is_described
from app.core.audit.presenting import in_words, shown
from app.core.audit.queries import Line
from app.core.hosting import SigerFlask
from tenants.ids import uuid7
from tenants.models import now

APP = Path(__file__).resolve().parents[2] / "app"


def recorded_codes() -> Iterator[tuple[str, str]]:
    """Literal codes in calls of `record(…)`, `audit.record(…)` and of helpers that pass them on (`_tell`, `note`)."""
    for source in APP.rglob("*.py"):
        if "node_modules" in source.parts:
            continue
        for node in ast.walk(ast.parse(source.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name not in ("record", "_tell", "_note", "note", "_finish"):
                continue
            for argument in node.args:
                for part in (
                    (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,)
                ):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value:
                        yield part.value, f"{source.name}:{node.lineno}"


def test_every_recorded_action_has_words(app: SigerFlask) -> None:
    codes = dict(recorded_codes())
    assert len(codes) > 20
    assert {code: where for code, where in codes.items() if not is_described(code)} == {}


def test_words_are_in_the_readers_language(app: SigerFlask) -> None:
    with app.test_request_context(headers={"Cookie": "siger_lang=en"}):
        assert all(str(action.label) for action in described_actions("village"))
        assert action_label("gone.long_ago") == "did “gone.long_ago”"
    with app.test_request_context():
        assert action_label("gone.long_ago") == "melakukan “gone.long_ago”"


def test_details_are_put_into_words(app: SigerFlask) -> None:
    details = {
        "before": {"period_from": None, "is_public": True, "shades_worn": ["a", "b"]},
        "after": {"period_from": "2026-11-22", "is_public": False, "shades_worn": []},
        "reason": "Pindah kantor",
        "nested": {"code": 3},
        "support_visit": {"id": "x", "reason": "Membantu"},
    }
    line = Line(uuid7(), now(), None, "", "x.y", "", "", "", details, "", None, "village")
    with app.test_request_context():
        words = shown(line)
        assert words.who == "Sistem"
        assert words.visit == "Membantu"
        assert words.changed == [
            ("Mulai menjabat", "–", "22 November 2026"),
            ("Tampil di situs", "ya", "tidak"),
            ("shades worn", "a, b", "–"),
        ]
        assert words.facts == [("Alasan", "Pindah kantor"), ("nested", "Kode: 3")]
        assert in_words("2026-13-45") == "2026-13-45"
        assert in_words("2026-11-22T02:14:00+00:00") == "22 November 2026 09.14 WIB"
