"""What is wrong with a body before anybody uses it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.government.letters.markup.blocks import parse
from app.government.letters.markup.tags import ROW_NUMBER
from app.government.letters.markup.wrong import MarkupWrong


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of a body: line and column from 1, and a sentence that says how to mend it."""

    line: int
    column: int
    sentence: str


@dataclass(frozen=True, slots=True)
class _Use:
    name: str
    line: int
    column: int
    within: str


def check(body: str, names: Collection[str]) -> list[Problem]:
    """What is wrong with a body, in the order of its lines; empty when it may be used.

    Args:
        names: the merge fields that it may use; those of a list's rows with a point: `anggota.nama`. A repeat makes
            `urutan`, the row's number.
    """
    try:
        tree = parse(body)
    except MarkupWrong as wrong:
        return [Problem(wrong.line, wrong.column, wrong.sentence)]
    known = set(names)
    found = (_problem(use, known) for use in _uses(tree, ""))
    return sorted((problem for problem in found if problem), key=lambda p: (p.line, p.column))


def names_in(tree: list[dict[str, Any]]) -> set[str]:
    """The merge fields that a tree shows, tests or repeats over."""
    return {use.name for use in _uses(tree, "") if use.name != ROW_NUMBER or not use.within}


def _problem(use: _Use, known: set[str]) -> Problem | None:
    if use.name == ROW_NUMBER and use.within:
        return None
    base, point, _column = use.name.partition(".")
    if use.name in known:
        if point and use.within != base:
            sentence = _(
                "Isian {{%(name)s}} hanya ada di dalam {%% ulang %(base)s %%} … {%% akhir %%}.",
                name=use.name,
                base=base,
            )
            return Problem(use.line, use.column, sentence)
        return None
    meant = difflib.get_close_matches(use.name, sorted(known), n=1, cutoff=0.6)
    if meant:
        sentence = _(
            "Isian “%(name)s” tidak dikenal; mungkin maksud Anda “%(meant)s”.", name=use.name, meant=meant[0]
        )
    else:
        sentence = _("Isian “%(name)s” tidak dikenal. Pilih dari daftar isian di samping.", name=use.name)
    return Problem(use.line, use.column, sentence)


def _uses(value: Any, within: str) -> Iterator[_Use]:
    """Every use of a merge field in a tree or a part of it."""
    if isinstance(value, list):
        for part in value:
            yield from _uses(part, within)
    elif isinstance(value, dict):
        if "name" in value and "at" in value:
            line, column = value["at"]
            yield _Use(value["name"], line, column, within)
            if value.get("kind") == "repeat":
                within = value["name"]
        for part in value.values():
            if isinstance(part, list | dict):
                yield from _uses(part, within)
