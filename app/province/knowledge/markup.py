"""The small markup of articles: read into a tree of plain data, drawn as HTML in which every sign is escaped.

    ## Heading            a heading, ### one below it
    - item                a list; `1. item` a numbered one, which keeps its numbers across a picture
    > sentence            a note that stands out
    ![what it shows](picture:name)      a picture, on a line of its own
    **label**             a word of the screen
    [words](page:residents.index)       a link to a page of this host by its endpoint
    [words](guide:minta-surat)          a link to another article
    [words](https://…)                  a link elsewhere

Whatever is no markup is text. A link that leads nowhere for the reader is drawn as its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

_HEADING = re.compile(r"^(#{2,3})\s+(.+?)\s*$")
_BULLET = re.compile(r"^\s*[-•]\s+(.+)$")
_NUMBER = re.compile(r"^\s*(\d{1,3})[.)]\s+(.+)$")
_NOTE = re.compile(r"^>\s?(.*)$")
_PICTURE = re.compile(r"^!\[([^\]\n]{1,200})\]\(picture:([0-9a-zA-Z-]{1,60})\)\s*$")
_INLINE = re.compile(
    r"\*\*(?P<bold>[^*\n]{1,200})\*\*"
    r"|\[(?P<words>[^\]\n]{1,200})\]\((?P<kind>page:|guide:|https?://)(?P<target>[^\s)]{1,300})\)"
)

Resolve = Callable[[str, str], str | None]
"""From (`page`, `guide` or `picture`, its name) to an address; None where there is none for this reader."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block: `heading2`, `heading3`, `text`, `bullets`, `numbers`, `note`; `picture`: its description, its name."""

    kind: str
    lines: tuple[str, ...]
    first: int = 1


def parse(source: str) -> list[Block]:
    """The blocks of an article, in their order. Nothing is an error: what is no markup is text."""
    return list(_blocks(source.replace("\r\n", "\n").replace("\x00", "")))


def draw(source: str, resolve: Resolve) -> Markup:
    """The article as safe HTML; `resolve` says where links and pictures lead."""
    return Markup("\n").join(_drawn(block, resolve) for block in parse(source))


def labels(source: str) -> list[str]:
    """The words of the screen (`**…**`) that an article names, each once, in their order."""
    found = (
        m["bold"] for b in parse(source) for line in b.lines for m in _INLINE.finditer(line) if m["bold"]
    )
    return list(dict.fromkeys(found))


def pictures(source: str) -> list[str]:
    """The names of the pictures that an article shows."""
    return [block.lines[1] for block in parse(source) if block.kind == "picture"]


def targets(source: str, kind: str) -> list[str]:
    """What an article's links of a kind (`page`, `guide`) lead to."""
    return [
        m["target"]
        for b in parse(source)
        if b.kind != "picture"
        for line in b.lines
        for m in _INLINE.finditer(line)
        if m["kind"] == f"{kind}:"
    ]


def plain(source: str) -> str:
    """The words without markup, in one line, for excerpts."""
    words = (line for block in parse(source) if block.kind != "picture" for line in block.lines)
    return " ".join(_INLINE.sub(lambda m: m["bold"] or m["words"], line) for line in words)


def _blocks(source: str) -> Iterator[Block]:
    held: list[str] = []
    kind, first = "", 1
    for line in [*source.split("\n"), ""]:
        now, words, number = _line(line)
        if held and now != kind:
            yield Block(kind, tuple(held), first)
            held = []
        if now in ("heading2", "heading3", "picture"):
            yield Block(now, words)
        elif now:
            if not held:
                first = number
            held += words
        kind = now


def _line(line: str) -> tuple[str, tuple[str, ...], int]:
    """The kind of block that a line belongs to (empty: none), its words, its number."""
    if found := _HEADING.match(line):
        return f"heading{len(found[1])}", (found[2],), 1
    if found := _PICTURE.match(line):
        return "picture", (found[1], found[2]), 1
    if found := _NUMBER.match(line):
        return "numbers", (found[2].strip(),), int(found[1])
    if found := _BULLET.match(line):
        return "bullets", (found[1].strip(),), 1
    if found := _NOTE.match(line):
        return "note", (found[1].strip(),), 1
    return ("text", (line.strip(),), 1) if line.strip() else ("", (), 1)


def _drawn(block: Block, resolve: Resolve) -> Markup:
    if block.kind == "picture":
        return _picture(block.lines[0], block.lines[1], resolve)
    lines = [_inline(line, resolve) for line in block.lines]
    if block.kind == "heading2":
        return Markup("<h2>{}</h2>").format(lines[0])
    if block.kind == "heading3":
        return Markup("<h3>{}</h3>").format(lines[0])
    if block.kind in ("bullets", "numbers"):
        items = Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
        if block.kind == "bullets":
            return Markup("<ul>{}</ul>").format(items)
        return Markup('<ol start="{}">{}</ol>').format(block.first, items)
    text = Markup(" ").join(lines)
    shape = '<p class="guide-note">{}</p>' if block.kind == "note" else "<p>{}</p>"
    return Markup(shape).format(text)


def _picture(description: str, name: str, resolve: Resolve) -> Markup:
    address = resolve("picture", name)
    if address is None:
        return Markup("")
    return Markup(
        '<figure class="guide-picture"><a href="{0}"><img src="{0}" alt="{1}" loading="lazy"></a>'
        "<figcaption>{1}</figcaption></figure>"
    ).format(address, description)


def _inline(line: str, resolve: Resolve) -> Markup:
    parts: list[Markup] = []
    at = 0
    for found in _INLINE.finditer(line):
        parts.append(escape(line[at : found.start()]))
        parts.append(_marked(found, resolve))
        at = found.end()
    parts.append(escape(line[at:]))
    return Markup("").join(parts)


def _marked(found: re.Match[str], resolve: Resolve) -> Markup:
    if found["bold"]:
        return Markup("<b>{}</b>").format(found["bold"])
    kind, target, words = found["kind"], found["target"], found["words"]
    if kind.startswith("http"):
        return Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(kind + target, words)
    address = resolve(kind.rstrip(":"), target)
    if address is None:
        return Markup("<b>{}</b>").format(words)
    return Markup('<a href="{}">{}</a>').format(address, words)
