"""What stands within a line: plain text, bold, italic, merge fields, conditions."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.government.letters.markup.tags import MERGE, TAG, read_name, read_tag
from app.government.letters.markup.wrong import MarkupWrong

Inline = list[dict[str, Any]]

DEEPEST = 4
"""Conditions within conditions, at most."""
SIGNS = r"\*_{}|#:<>^@-.%"
_NEXT = re.compile(
    r"(?P<escaped>\\[" + re.escape(SIGNS) + r"])"
    r"|(?P<break>[ ]*\\\n)"
    r"|(?P<line>\n)"
    r"|(?P<tag>\{%)"
    r"|(?P<merge>\{\{)"
    r"|(?P<stars>\*+)"
    r"|(?P<lines>_+)"
)
_CLOSING = re.compile(r"[^\s_\\]_(?![_\w])")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line of the body: its text and where it begins, counted from 1."""

    text: str
    line: int
    column: int

    def after(self, count: int) -> Piece:
        """The same without its first signs."""
        return Piece(self.text[count:], self.line, self.column + count)

    def stripped(self) -> Piece:
        """The same without blanks at both ends."""
        bare = self.text.lstrip()
        return Piece(bare.rstrip(), self.line, self.column + len(self.text) - len(bare))

    @property
    def indent(self) -> int:
        """How many blanks it begins with."""
        return len(self.text) - len(self.text.lstrip())


def read_inline(pieces: Sequence[Piece]) -> Inline:
    """Lines that make one paragraph, cell or item, as runs. Raises MarkupWrong."""
    return _Reader(pieces).read()


class _Reader:
    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._text = "\n".join(piece.text for piece in pieces)
        self._starts = [0]
        for piece in pieces[:-1]:
            self._starts.append(self._starts[-1] + len(piece.text) + 1)
        self._bold_at: tuple[int, int] | None = None
        self._is_italic = False
        self._may_close = True
        self._targets: list[Inline] = [[]]
        self._open: list[dict[str, Any]] = []
        self._plain: list[str] = []

    def read(self) -> Inline:
        at = 0
        while at < len(self._text):
            found = _NEXT.search(self._text, at)
            if found is None:
                break
            self._plain.append(self._text[at : found.start()])
            at = self._take(found)
        self._plain.append(self._text[at:])
        self._flush()
        if self._bold_at is not None:
            line, column = self._bold_at
            raise MarkupWrong(
                line,
                column,
                _("Huruf tebal dibuka dengan ** tetapi belum ditutup. Tambahkan ** di akhirnya."),
            )
        if self._open:
            line, column = self._open[-1]["at"]
            raise MarkupWrong(
                line,
                column,
                _(
                    "Syarat di tengah kalimat harus ditutup dengan {% akhir %} di paragraf yang sama. "
                    "Untuk beberapa paragraf, tulis perintahnya di baris tersendiri."
                ),
            )
        return self._targets[0]

    def _where(self, at: int) -> tuple[int, int]:
        number = bisect_right(self._starts, at) - 1
        piece = self._pieces[number]
        return piece.line, piece.column + at - self._starts[number]

    def _take(self, found: re.Match[str]) -> int:
        sign, start, end = found[0], found.start(), found.end()
        match found.lastgroup:
            case "escaped":
                self._plain.append(sign[1])
            case "break":
                self._plain.append("\n")
            case "line":
                self._plain.append(" ")
            case "tag":
                return self._tag(start)
            case "merge":
                return self._merge(start)
            case "stars":
                self._stars(sign, start)
            case _:
                self._lines(sign, start, end)
        return end

    def _stars(self, sign: str, start: int) -> None:
        if len(sign) != 2:
            self._plain.append(sign)
            return
        self._flush()
        self._bold_at = None if self._bold_at else self._where(start)

    def _lines(self, sign: str, start: int, end: int) -> None:
        before, after = self._text[start - 1 : start], self._text[end : end + 1]
        if len(sign) == 1 and self._is_italic and not after.isalnum():
            self._flush()
            self._is_italic = False
        elif len(sign) == 1 and not self._is_italic and not before.isalnum() and self._closes(end):
            self._flush()
            self._is_italic = True
        else:
            self._plain.append(sign)

    def _closes(self, at: int) -> bool:
        """Whether an italic that opens here is closed in the same paragraph: else `_` is a sign like others."""
        if not self._may_close or not self._text[at : at + 1].strip():
            return False
        self._may_close = _CLOSING.search(self._text, at) is not None
        return self._may_close

    def _tag(self, start: int) -> int:
        line, column = self._where(start)
        found = TAG.match(self._text, start)
        if found is None:
            raise MarkupWrong(line, column, _("Perintah ini belum ditutup dengan %} di baris yang sama."))
        tag = read_tag(found[1], line, column)
        self._flush()
        if tag.word == "ulang":
            raise MarkupWrong(line, column, _("Tulis {% ulang … %} di baris tersendiri."))
        if tag.word == "jika":
            if len(self._open) >= DEEPEST:
                raise MarkupWrong(line, column, too_deep())
            node: dict[str, Any] = {"t": "if", "at": [line, column], "branches": []}
            self._targets[-1].append(node)
            self._open.append(node)
            self._branch(node, tag.test)
        elif not self._open:
            raise MarkupWrong(line, column, nothing_open())
        elif tag.word == "akhir":
            self._open.pop()
            self._targets.pop()
        else:
            node = self._open[-1]
            if node["branches"][-1]["test"] is None:
                raise MarkupWrong(line, column, after_otherwise())
            self._targets.pop()
            self._branch(node, tag.test)
        return found.end()

    def _branch(self, node: dict[str, Any], test: dict[str, Any] | None) -> None:
        branch: dict[str, Any] = {"test": test, "inline": []}
        node["branches"].append(branch)
        self._targets.append(branch["inline"])

    def _merge(self, start: int) -> int:
        line, column = self._where(start)
        found = MERGE.match(self._text, start)
        if found is None:
            raise MarkupWrong(line, column, _("Isian ini belum ditutup dengan }} di baris yang sama."))
        self._flush()
        name = read_name(found[1], line, column)
        self._targets[-1].append({"t": "merge", "name": name, "at": [line, column], **self._style()})
        return found.end()

    def _style(self) -> dict[str, bool]:
        return {"b": self._bold_at is not None, "i": self._is_italic}

    def _flush(self) -> None:
        text = "".join(self._plain)
        self._plain.clear()
        if text:
            self._targets[-1].append({"t": "text", "text": text, **self._style()})


def too_deep() -> str:
    """The sentence for conditions too deep within each other."""
    return str(
        _(
            "Syarat di dalam syarat paling dalam %(count)s tingkat. Pisahkan menjadi beberapa bagian.",
            count=DEEPEST,
        )
    )


def nothing_open() -> str:
    """The sentence for an end without a beginning."""
    return str(
        _(
            "Tidak ada {% jika … %} atau {% ulang … %} yang terbuka di atas perintah ini. "
            "Hapus, atau tambahkan pembukanya."
        )
    )


def after_otherwise() -> str:
    """The sentence for a branch after the last one."""
    return str(_("Setelah {% jika_tidak %} hanya boleh {% akhir %}."))
