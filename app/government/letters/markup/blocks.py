"""From a body to its tree: what stands on its own lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from app.government.letters.markup.inline import (
    DEEPEST,
    Piece,
    after_otherwise,
    nothing_open,
    read_inline,
    too_deep,
)
from app.government.letters.markup.tags import MERGE, TAG, Tag, read_tag
from app.government.letters.markup.wrong import MarkupWrong

Block = dict[str, Any]

LONGEST = 30_000
"""Signs of a body, at most."""
MOST_BLOCKS = 600
MOST_COLUMNS = 10
INSET = 2

_ITEM = re.compile(r"(?:(-)|(\d{1,3})[.)]|([a-z])[.)])(?:[ ]+|$)")
_RULE = re.compile(r"[ ]*:?-+:?[ ]*")
_ALIGNED = {"#": "heading", "^": "center", "<": "left", ">": "right"}
_STARTS = re.compile(r"[#^<>:@](?:[ ]|$)|\|")


def parse(body: str) -> list[Block]:
    """The tree of a body: blocks of plain values, to keep as JSON and to fill in by `resolve`.

    Raises:
        MarkupWrong: with line, column and a sentence; nothing else, whatever the body is.
    """
    text = body.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "  ")
    if len(text) > LONGEST:
        sentence = _("Isi surat terlalu panjang: paling banyak %(count)s huruf.", count=LONGEST)
        raise MarkupWrong(text.count("\n", 0, LONGEST) + 1, 1, sentence)
    lines = [Piece(line.rstrip(), number, 1) for number, line in enumerate(text.split("\n"), 1)]
    reader = _Reader()
    return reader.blocks(lines, 0)


class _Reader:
    def __init__(self) -> None:
        self._count = 0

    def blocks(self, lines: list[Piece], depth: int, *, in_repeat: bool = False) -> list[Block]:
        """The blocks of these lines, all of which are used."""
        if depth > DEEPEST:
            raise MarkupWrong(lines[0].line, 1, too_deep())
        found: list[Block] = []
        at, is_apart = 0, False
        while at < len(lines):
            piece = lines[at]
            if not piece.text.strip():
                is_apart, at = True, at + 1
                continue
            self._count += 1
            if self._count > MOST_BLOCKS:
                sentence = _(
                    "Isi surat terlalu banyak bagiannya: paling banyak %(count)s.", count=MOST_BLOCKS
                )
                raise MarkupWrong(piece.line, 1, sentence)
            tag = _alone(piece)
            if tag is not None:
                block, at = self._tagged(tag, lines, at, depth, in_repeat)
            else:
                block, at = self._plain(lines, at, depth, in_repeat)
            block["apart"] = is_apart
            found.append(block)
            is_apart = False
        return found

    def _tagged(
        self, tag: Tag, lines: list[Piece], at: int, depth: int, in_repeat: bool
    ) -> tuple[Block, int]:
        first = lines[at].stripped()
        where = first.line, first.column
        if tag.word not in ("jika", "ulang"):
            raise MarkupWrong(*where, nothing_open())
        if depth >= DEEPEST:
            raise MarkupWrong(*where, too_deep())
        is_repeat = tag.word == "ulang"
        if is_repeat and in_repeat:
            raise MarkupWrong(*where, _("{% ulang %} tidak dapat berada di dalam {% ulang %} lain."))
        parts, end = _parts(tag, lines, at)
        inner = [
            (test, self.blocks(part, depth + 1, in_repeat=in_repeat or is_repeat)) for test, part in parts
        ]
        if is_repeat:
            return {"kind": "repeat", "name": tag.name, "at": list(where), "blocks": inner[0][1]}, end
        branches = [{"test": test, "blocks": blocks} for test, blocks in inner]
        return {"kind": "if", "at": list(where), "branches": branches}, end

    def _plain(self, lines: list[Piece], at: int, depth: int, in_repeat: bool) -> tuple[Block, int]:
        text = lines[at].text.lstrip()
        start = text[:2].rstrip() if _STARTS.match(text) else ""
        if start == ":":
            return self._rows(lines, at, depth, in_repeat)
        if start == "@":
            return _run(
                lines,
                at,
                _is_signer,
                lambda group: {"kind": "signers", "people": [_signer(p) for p in group]},
            )
        if start.startswith("|"):
            return _run(lines, at, _is_table, _table)
        if start:
            piece = lines[at].stripped()
            inline = read_inline([piece.after(1).stripped()])
            if start == "#":
                return {"kind": "heading", "inline": inline}, at + 1
            return {"kind": "paragraph", "align": _ALIGNED[start], "inline": inline}, at + 1
        if _ITEM.match(text):
            return self._list(lines, at)
        return _run(
            lines,
            at,
            _is_paragraph,
            lambda group: {
                "kind": "paragraph",
                "align": "indent",
                "inline": read_inline([piece.stripped() for piece in group]),
            },
        )

    def _list(self, lines: list[Piece], at: int) -> tuple[Block, int]:
        style, items = "", []
        while at < len(lines):
            piece = lines[at].stripped()
            found = _ITEM.match(piece.text)
            if found is None or (style and _style(found) != style):
                break
            style = style or _style(found)
            indent = lines[at].indent
            group = [piece.after(found.end())]
            at += 1
            while at < len(lines) and _continues(lines[at], indent):
                group.append(lines[at].stripped())
                at += 1
            items.append(read_inline(group))
        return {"kind": "list", "style": style, "items": items}, at

    def _rows(self, lines: list[Piece], at: int, depth: int, in_repeat: bool) -> tuple[Block, int]:
        rows = []
        while at < len(lines) and (piece := lines[at].stripped()).text.startswith(":"):
            if not _STARTS.match(piece.text):
                break
            indent = lines[at].indent
            cells = _cells(piece.after(1))
            at += 1
            if len(cells) != 2:
                raise MarkupWrong(
                    piece.line, piece.column, _("Baris label ditulis begini: “: Nama | {{nama}}”.")
                )
            inside, at = _inside(lines, at, indent + INSET)
            row = {"label": read_inline([cells[0]]), "inline": read_inline([cells[1]])}
            row["blocks"] = self.blocks(inside, depth + 1, in_repeat=in_repeat) if inside else []
            rows.append(row)
        return {"kind": "rows", "rows": rows}, at


def _inside(lines: list[Piece], at: int, indent: int) -> tuple[list[Piece], int]:
    """The lines from `at` that stand so far in, blank ones between them too, and the line after them."""
    inside: list[Piece] = []
    while at < len(lines):
        end = at
        while inside and end < len(lines) and not lines[end].text:
            end += 1
        if end == len(lines) or not lines[end].text or lines[end].indent < indent:
            break
        inside += lines[at : end + 1]
        at = end + 1
    return inside, at


def _alone(piece: Piece) -> Tag | None:
    """The tag that has this line to itself."""
    bare = piece.stripped()
    found = TAG.fullmatch(bare.text)
    if found is None or "%}" in found[1]:
        return None
    return read_tag(found[1], bare.line, bare.column)


def _parts(
    tag: Tag, lines: list[Piece], at: int
) -> tuple[list[tuple[dict[str, Any] | None, list[Piece]]], int]:
    """The branches of the tag on line `at`, and the line after its end."""
    parts: list[tuple[dict[str, Any] | None, list[Piece]]] = [(tag.test, [])]
    depth = 0
    for number in range(at + 1, len(lines)):
        piece = lines[number]
        inner = _alone(piece)
        if inner is not None and depth == 0 and inner.word == "akhir":
            return parts, number + 1
        if inner is not None and depth == 0 and inner.word in ("jika_lain", "jika_tidak"):
            bare = piece.stripped()
            if tag.word == "ulang":
                raise MarkupWrong(bare.line, bare.column, nothing_open())
            if parts[-1][0] is None:
                raise MarkupWrong(bare.line, bare.column, after_otherwise())
            parts.append((inner.test, []))
            continue
        if inner is not None:
            depth += {"jika": 1, "ulang": 1, "akhir": -1}.get(inner.word, 0)
        parts[-1][1].append(piece)
    first = lines[at].stripped()
    raise MarkupWrong(
        first.line,
        first.column,
        _("Perintah ini belum ditutup. Tambahkan {% akhir %} di baris tersendiri setelah bagiannya."),
    )


def _run(
    lines: list[Piece], at: int, belongs: Callable[[Piece], bool], make: Callable[[list[Piece]], Block]
) -> tuple[Block, int]:
    end = at + 1
    while end < len(lines) and belongs(lines[end]):
        end += 1
    return make(lines[at:end]), end


def _is_signer(piece: Piece) -> bool:
    return re.match(r"@(?:[ ]|$)", piece.text.lstrip()) is not None


def _is_table(piece: Piece) -> bool:
    return piece.text.lstrip().startswith("|")


def _is_paragraph(piece: Piece) -> bool:
    text = piece.text.lstrip()
    return bool(text) and not _STARTS.match(text) and not _ITEM.match(text) and TAG.fullmatch(text) is None


def _continues(piece: Piece, indent: int) -> bool:
    """Whether a line goes on with the item above it."""
    return piece.indent >= indent + INSET and _is_paragraph(piece)


def _style(found: re.Match[str]) -> str:
    return "-" if found[1] else "1" if found[2] else "a"


def _cells(piece: Piece) -> list[Piece]:
    """The parts between `|`; one within a merge field, a tag or after a backslash does not part."""
    cells, start, at, text = [], 0, 0, piece.text
    while at < len(text):
        found = MERGE.match(text, at) or TAG.match(text, at)
        if found:
            at = found.end()
        elif text[at] == "\\":
            at += 2
        elif text[at] == "|":
            cells.append(Piece(text[start:at], piece.line, piece.column + start).stripped())
            at = start = at + 1
        else:
            at += 1
    cells.append(Piece(text[start:], piece.line, piece.column + start).stripped())
    return cells


def _table(group: list[Piece]) -> Block:
    rows: list[list[Any]] = []
    align: list[str] = []
    head = 0
    for piece in group:
        bare = piece.stripped()
        cells = _cells(bare.after(1))
        if len(cells) > 1 and not cells[-1].text:
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            sentence = _("Tabel ini terlalu lebar: paling banyak %(count)s kolom.", count=MOST_COLUMNS)
            raise MarkupWrong(bare.line, bare.column, sentence)
        if len(rows) == 1 and not align and all(_RULE.fullmatch(cell.text) for cell in cells):
            head = 1
            align = [_side(cell.text.strip()) for cell in cells]
            continue
        rows.append([read_inline([cell]) for cell in cells])
    return {"kind": "table", "head": head, "align": align, "rows": rows}


def _side(rule: str) -> str:
    if rule.endswith(":"):
        return "center" if rule.startswith(":") else "right"
    return "left"


def _signer(piece: Piece) -> Block:
    bare = piece.stripped()
    cells = _cells(bare.after(1))
    if not 2 <= len(cells) <= 3:
        raise MarkupWrong(
            bare.line, bare.column, _("Tempat tanda tangan ditulis begini: “@ Pemohon, | {{nama}}”.")
        )
    names = ("title", "name", "note")
    return {
        name: read_inline([cell])
        for name, cell in zip(names, [*cells, Piece("", bare.line, 1)][:3], strict=True)
    }
