"""What people write in an announcement, as it is shown: paragraphs, lists and links; nothing of it is ever HTML.

An empty line begins a paragraph, a line that begins with `-` or `•` is an item of a list, with `1.` of a numbered one,
and addresses that begin with http:// or https:// become links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

_LINK = re.compile(r"https?://[^\s<>\"'`]+")
_BULLET = re.compile(r"^\s*[-•*]\s+(.+)$")
_NUMBER = re.compile(r"^\s*(\d{1,3})[.)]\s+(.+)$")
_TRAILING = ".,;:!?)]}"
SHORT = 160


def shown_text(text: str) -> Markup:
    """The text as safe HTML: everything is escaped, structure is made of line beginnings alone."""
    return Markup("\n").join(_blocks(text))


def short_text(text: str) -> str:
    """The beginning of a text in one line, for lists."""
    line = " ".join(text.split())
    return line if len(line) <= SHORT else line[: SHORT - 1].rsplit(" ", 1)[0] + "…"


def _blocks(text: str) -> Iterator[Markup]:
    lines: list[str] = []
    items: list[Markup] = []
    kind, first = "", 1
    for line in [*text.split("\n"), ""]:
        bullet, number = _BULLET.match(line), _NUMBER.match(line)
        now = "ul" if bullet else "ol" if number else ""
        if lines and (now or not line.strip()):
            yield Markup("<p>{}</p>").format(Markup("<br>").join(lines))
            lines = []
        if items and now != kind:
            yield _list(kind, first, items)
            items = []
        if bullet:
            items.append(_linked(bullet[1]))
        elif number:
            first = int(number[1]) if not items else first
            items.append(_linked(number[2]))
        elif line.strip():
            lines.append(_linked(line.strip()))
        kind = now


def _list(kind: str, first: int, items: list[Markup]) -> Markup:
    inner = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
    if kind == "ul":
        return Markup("<ul>{}</ul>").format(inner)
    return Markup('<ol start="{}">{}</ol>').format(first, inner)


def _linked(line: str) -> Markup:
    parts: list[Markup] = []
    at = 0
    for found in _LINK.finditer(line):
        address = found[0].rstrip(_TRAILING)
        parts.append(escape(line[at : found.start()]))
        parts.append(Markup('<a href="{0}" rel="noopener noreferrer nofollow">{0}</a>').format(address))
        at = found.start() + len(address)
    parts.append(escape(line[at:]))
    return Markup("").join(parts)
