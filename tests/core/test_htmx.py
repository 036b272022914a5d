"""Attributes of htmx 4 in templates: a modifier's value that holds a space stands in quotes, else it is cut short."""

from __future__ import annotations

import re
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"
TRIGGER = re.compile(r"""hx-trigger="([^"]*)"|"hx-trigger": "([^"]*)\"""")
CUT_SHORT = re.compile(r"\b(?:from|target|root):(?:closest|find|findAll|next|previous|global)\b")


def test_a_trigger_from_another_element_is_read_as_a_whole() -> None:
    found = [
        (str(path.relative_to(APP)), words[0] or words[1])
        for path in APP.rglob("*.html")
        if "node_modules" not in path.parts
        for words in TRIGGER.findall(path.read_text("utf-8"))
    ]
    assert len(found) > 5
    assert not [one for one in found if CUT_SHORT.search(one[1])]
