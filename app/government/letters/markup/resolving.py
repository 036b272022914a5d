"""From a tree and values to what is set: plain runs of text, conditions decided, rows repeated."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from app.government.letters.markup.tags import ROW_NUMBER

Resolved = dict[str, Any]
MISSING = "-"
"""What a label row shows whose field is empty."""
_JOINED = {"list": "items", "rows": "rows", "table": "rows", "signers": "people"}


def resolve(tree: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> list[Resolved]:
    """What to set: the tree with these values, which stay plain text whatever they hold.

    Args:
        tree: of `parse`.
        values: by the names of merge fields: text, or for lists sequences of texts or of mappings. A name that is
            missing counts as empty.
    Returns:
        Blocks: `paragraph` (align, runs), `heading` (runs), `list` (style, items), `table` (head, align, rows of
        cells), `rows` (label, runs, blocks), `signers` (title, name, note). A run is (text, bold, italic).
    """
    filler = _Filler(values)
    filler.blocks(tree)
    return filler.found


def text_of(value: Any) -> str:
    """A value as text: no control characters, one kind of line break; lists joined by commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, Mapping):
        return ", ".join(text for text in (text_of(part) for part in value.values()) if text)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        joint = "; " if any(isinstance(part, Mapping) for part in value) else ", "
        return joint.join(text for text in (text_of(part) for part in value) if text)
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs"))


class _Filler:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)
        self._is_apart = True
        self.found: list[Resolved] = []

    def blocks(self, blocks: Sequence[Mapping[str, Any]]) -> None:
        for block in blocks:
            self._is_apart = self._is_apart or bool(block.get("apart"))
            match block["kind"]:
                case "if":
                    self.blocks(self._branch(block["branches"]).get("blocks", ()))
                case "repeat":
                    self._repeat(block)
                case _:
                    self._add(self._filled(block))

    def _repeat(self, block: Mapping[str, Any]) -> None:
        name, outer = block["name"], self._values
        rows = outer.get(name)
        if not isinstance(rows, Sequence) or isinstance(rows, str | bytes):
            rows = [rows] if text_of(rows).strip() else []
        for number, row in enumerate(rows, 1):
            inner = {f"{name}.{key}": value for key, value in row.items()} if isinstance(row, Mapping) else {}
            self._values = {**outer, name: row, ROW_NUMBER: str(number), **inner}
            self.blocks(block["blocks"])
        self._values = outer

    def _branch(self, branches: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        for branch in branches:
            test = branch["test"]
            if test is None or self._holds(test):
                return branch
        return {}

    def _holds(self, test: Mapping[str, Any]) -> bool:
        value = self._values.get(test["name"])
        text = text_of(value).strip()
        if test["is"] is None:
            is_so = bool(text) and value is not False
        else:
            is_so = text.casefold() == str(test["is"]).strip().casefold()
        return is_so != bool(test["not"])

    def _add(self, block: Resolved | None) -> None:
        if block is None:
            return
        last = self.found[-1] if self.found else None
        if last and not self._is_apart and last["kind"] == block["kind"] and _fits(last, block):
            part = _JOINED[block["kind"]]
            last[part] = last[part] + block[part]
        else:
            self.found.append(block)
        self._is_apart = False

    def _filled(self, block: Mapping[str, Any]) -> Resolved | None:
        kind = block["kind"]
        match kind:
            case "paragraph":
                runs = self._runs(block["inline"])
                return {"kind": kind, "align": block["align"], "runs": runs} if _has_text(runs) else None
            case "heading":
                runs = self._runs(block["inline"])
                return {"kind": kind, "runs": runs} if _has_text(runs) else None
            case "list":
                items = [self._runs(item) for item in block["items"]]
                return {"kind": kind, "style": block["style"], "items": items}
            case "table":
                rows = [[self._runs(cell) for cell in row] for row in block["rows"]]
                return {"kind": kind, "head": block["head"], "align": block["align"], "rows": rows}
            case "signers":
                people = [{part: self._runs(person[part]) for part in person} for person in block["people"]]
                return {"kind": kind, "people": people}
        return {"kind": kind, "rows": [self._row(row) for row in block["rows"]]}

    def _row(self, row: Mapping[str, Any]) -> Resolved:
        runs = self._runs(row["inline"])
        if row["inline"] and not row["blocks"] and not _has_text(runs):
            runs = [{"text": MISSING, "bold": False, "italic": False}]
        inner = _Filler(self._values)
        inner.blocks(row["blocks"])
        return {"label": self._runs(row["label"]), "runs": runs, "blocks": inner.found}

    def _runs(self, inline: Sequence[Mapping[str, Any]]) -> list[Resolved]:
        runs: list[Resolved] = []
        for node in inline:
            match node["t"]:
                case "if":
                    runs += self._runs(self._branch(node["branches"]).get("inline", ()))
                    continue
                case "merge":
                    text = text_of(self._values.get(node["name"]))
                case _:
                    text = node["text"]
            if text:
                runs.append({"text": text, "bold": bool(node["b"]), "italic": bool(node["i"])})
        return runs


def _fits(above: Resolved, below: Resolved) -> bool:
    """Whether two blocks that follow each other without a blank line are one."""
    match above["kind"]:
        case "list":
            return bool(above["style"] == below["style"])
        case "table":
            return not below["head"]
    return above["kind"] in _JOINED


def _has_text(runs: Sequence[Resolved]) -> bool:
    return any(run["text"].strip() for run in runs)
