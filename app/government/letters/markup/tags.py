"""Merge fields and tags: `{{nama}}`, `{% jika kelas %}`, `{% ulang anggota %}`, `{% akhir %}`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _

from app.government.letters.markup.wrong import MarkupWrong

TAG = re.compile(r"\{%([^\n]*?)%\}")
MERGE = re.compile(r"\{\{([^\n]*?)\}\}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}(?:\.[a-z][a-z0-9_]{0,59})?")
_TEST = re.compile(r"(tidak\s+)?([^\s=!\"“”]+)\s*(?:(!?=)\s*[\"“”]([^\"“”]*)[\"“”])?")
ROW_NUMBER = "urutan"

Word = Literal["jika", "jika_lain", "jika_tidak", "ulang", "akhir"]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: its word, and what it tests (`jika`, `jika_lain`) or repeats over (`ulang`)."""

    word: Word
    test: dict[str, Any] | None = None
    name: str = ""


def read_tag(inner: str, line: int, column: int) -> Tag:
    """The tag whose text between `{%` and `%}` is given. Raises MarkupWrong."""
    word, _space, rest = inner.strip().partition(" ")
    rest = rest.strip()
    match word:
        case "jika" | "jika_lain":
            return Tag("jika" if word == "jika" else "jika_lain", test=_test(rest, line, column))
        case "ulang":
            return Tag("ulang", name=read_name(rest, line, column))
        case "jika_tidak" | "akhir":
            if rest:
                sentence = _(
                    "Tulis {%% %(word)s %%} saja, tanpa kata lain di dalamnya.",
                    word=word,
                )
                raise MarkupWrong(line, column, sentence)
            return Tag("jika_tidak" if word == "jika_tidak" else "akhir")
    raise MarkupWrong(
        line,
        column,
        _(
            "Perintah “%(word)s” tidak dikenal. Yang ada: jika, jika_lain, jika_tidak, ulang, akhir.",
            word=word[:40],
        ),
    )


def read_name(text: str, line: int, column: int) -> str:
    """The name of a merge field, in small letters. Raises MarkupWrong."""
    name = text.strip().lower()
    if _NAME.fullmatch(name):
        return name
    if not name:
        raise MarkupWrong(line, column, _("Nama isian belum ditulis, misalnya {{nama}}."))
    raise MarkupWrong(
        line,
        column,
        _(
            "“%(name)s” bukan nama isian. Nama isian memakai huruf, angka, dan garis bawah, tanpa spasi.",
            name=text.strip()[:40],
        ),
    )


def _test(text: str, line: int, column: int) -> dict[str, Any]:
    found = _TEST.fullmatch(text)
    if found is None:
        raise MarkupWrong(
            line,
            column,
            _('Syarat ini tidak dapat dibaca. Tulis {% jika nama %} atau {% jika nama = "isi" %}.'),
        )
    negated, name, operator, value = found.groups()
    return {
        "name": read_name(name, line, column),
        "is": value if operator else None,
        "not": (operator == "!=") != bool(negated),
        "at": [line, column],
    }
