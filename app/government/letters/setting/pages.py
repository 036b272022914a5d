"""Setting letters: from their content to pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.documents import render_pdf, render_pictures
from app.core.documents.qr import qr_svg
from app.government.letters.markup.resolving import text_of
from app.government.letters.setting.content import LetterContent

TEMPLATE = Path(__file__).with_name("typst") / "letter.typ"
NARROWEST, WIDEST = 4, 40
"""Signs that the narrowest and the widest column of a table count as."""


def set_letter(content: LetterContent, *, title: str) -> bytes:
    """The letter as PDF/A-2b (ISO 19005-2), its structure and its text readable by machines.

    Args:
        title: the document's title, as readers show it.
    Raises:
        DocumentFailed: with a sentence.
    """
    return render_pdf(TEMPLATE, _data(content), title=text_of(title), images=_images(content))


def preview_letter(content: LetterContent, *, title: str) -> list[bytes]:
    """The letter's pages as PNG. Raises DocumentFailed."""
    return render_pictures(TEMPLATE, _data(content), title=text_of(title), images=_images(content))


def _images(content: LetterContent) -> dict[str, bytes | str]:
    images: dict[str, bytes | str] = {}
    if content.logo:
        images["logo"] = content.logo
    if content.qr:
        images["qr"] = qr_svg(content.qr)
    return images


def _data(content: LetterContent) -> dict[str, Any]:
    signers = {"left": content.left_signer, "right": content.signer, "counter": content.counter_signer}
    place, comma, day = content.place_date.rpartition(", ")
    with force_locale("id"):
        words = {
            "number": _("Nomor"),
            "to": _("Yth."),
            "about": _("tentang"),
            "decided": _("Ditetapkan di %(place)s", place=place) if comma else "",
            "decided_on": _("pada tanggal %(day)s", day=day) if comma else content.place_date,
            "copies": _("Tembusan:"),
            "page": _("Halaman %(page)s dari %(pages)s", page="\x1a", pages="\x1a").split("\x1a"),
            "check": content.check_note or _("Pindai untuk memeriksa keaslian surat ini."),
            "signed": content.signature_note or _("Ditandatangani secara elektronik."),
        }
    return {
        "paper": content.paper,
        "layout": content.layout,
        "letterhead": dict(content.letterhead),
        "title": content.title,
        "number": content.number,
        "place_date": content.place_date,
        "reference": [list(row) for row in content.reference],
        "recipient": list(content.recipient),
        "about": content.about,
        "authority": content.authority,
        "blocks": [_block(block) for block in content.blocks],
        "signers": {side: signer.as_data() if signer else None for side, signer in signers.items()},
        "copies": list(content.copies),
        "is_electronic": content.is_electronic,
        "footer": content.footer,
        "watermark": content.watermark,
        "words": words,
    }


def _block(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block as the template has it: tables know the widths of their columns."""
    if block["kind"] == "rows":
        rows = [{**row, "blocks": [_block(inner) for inner in row["blocks"]]} for row in block["rows"]]
        return {**block, "rows": rows}
    if block["kind"] == "paragraph" and block["align"] == "indent" and _goes_on(block["runs"]):
        return {**block, "align": "left"}
    if block["kind"] != "table":
        return dict(block)
    columns = max((len(row) for row in block["rows"]), default=1)
    cells = [[*row, *([[]] * (columns - len(row)))] for row in block["rows"]]
    widths = [max(_width(row[at]) for row in cells) for at in range(columns)]
    align = [*block["align"], *(["left"] * columns)][:columns]
    return {**block, "rows": cells, "widths": widths, "align": align}


def _goes_on(runs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a paragraph goes on with a sentence that rows interrupted: it begins in small letters."""
    return "".join(run["text"] for run in runs).lstrip()[:1].islower()


def _width(cell: Sequence[Mapping[str, Any]]) -> int:
    longest = max((len(line) for line in "".join(run["text"] for run in cell).split("\n")), default=0)
    return max(NARROWEST, min(WIDEST, longest))
