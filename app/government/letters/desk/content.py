"""A letter as it is set: what stands in it, made ready before its number is known, then set with it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from app.core.documents import Signer, head_signs, letterhead, logo_image, secretary_signs
from app.core.ui import formats
from app.core.village import queries
from app.core.village.models import Official
from app.extensions import db
from app.government.letters.markup import parse, resolve
from app.government.letters.models import Letter
from app.government.letters.options import LetterOptions
from app.government.letters.setting import LetterContent, preview_letter, set_letter
from app.government.letters.setting.content import Layout
from app.government.letters.types import LetterKind, letter_type, merge_values
from app.government.letters.verification import verification_url
from tenants.scope import current_tenant

DRAFT_MARK = "KONSEP"
POSITIONS = ("head", "secretary")
"""Whose signature letters bear."""
LAYOUTS: dict[str, Layout] = {
    "letter": "letter",
    "form": "letter",
    "official": "official",
    "decree": "decree",
}
"""How each layout of a type is set."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter made ready: everything but its number, so that whoever draws one holds the counter shortly."""

    kind: LetterKind
    tree: list[dict[str, Any]]
    values: dict[str, Any]
    content: LetterContent
    day: dt.date
    valid_until: dt.date | None
    signer_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all letters of a village share on a day: letterhead, logo, and who signs. Read once for a batch."""

    day: dt.date
    letterhead: dict[str, Any]
    logo: bytes | None
    signers: Mapping[str, tuple[Signer, uuid.UUID | None]]
    paper: Literal["a4", "f4"]


def surroundings(
    day: dt.date, options: LetterOptions, positions: Collection[str] = POSITIONS
) -> Surroundings:
    """Read what stands around letters of a day.

    Args:
        day: the letters' date. options: the village's choices.
        positions: who of `SIGNERS` signs them; the others are not read.
    """
    signs = {"head": head_signs, "secretary": secretary_signs}
    with force_locale("id"):
        signers = {
            position: (signs[position](day, with_place=False), _official_id(position, day))
            for position in positions
            if position in signs
        }
        logo = logo_image().get("logo")
        return Surroundings(day, letterhead(), logo, signers, "a4" if options.paper == "A4" else "f4")


def make_ready(
    letter: Letter, parts: Mapping[str, Any], around: Surroundings, *, kind: LetterKind | None = None
) -> Ready:
    """Merge a letter's data and read its text, without a number.

    Args:
        letter: with type, signing, date where it has one. parts: its opened box.
        around: of the letter's date. kind: its type, where the caller has it.
    Raises:
        Missing: its type is gone. MarkupWrong: the type's text can't be read.
    """
    kind = kind or letter_type(letter.type_code, active=False)
    day = around.day
    valid_until = day + dt.timedelta(days=kind.validity_days) if kind.validity_days else None
    signer, signer_id = around.signers.get(kind.signer, (Signer(name="", title=""), None))
    about = {
        "number": letter.number,
        "date": day,
        "valid_until": valid_until,
        "classification": letter.classification,
        "signer_name": signer.name,
        "signer_title": signer.title,
        "signer_number": signer.number,
    }
    values = merge_values(kind, dict(parts["person"]), dict(parts["fields"]), about)
    with force_locale("id"):
        place_date = f"{current_tenant().name}, {formats.date(day)}"
        footer = (
            str(_("Berlaku sampai %(day)s.", day=formats.date(valid_until)))
            if valid_until is not None
            else ""
        )
    layout: Layout = LAYOUTS.get(kind.layout, "letter")
    content = LetterContent(
        letterhead=around.letterhead,
        logo=around.logo,
        title=kind.title,
        number=letter.number,
        blocks=[],
        place_date=place_date,
        signer=signer,
        layout=layout,
        paper=around.paper,
        reference=_reference(values, letter.subject) if layout == "official" else (),
        recipient=_lines(values.get("kepada")) if layout == "official" else (),
        about=letter.subject if layout == "decree" else "",
        footer=footer,
    )
    return Ready(kind, parse(kind.body), values, content, day, valid_until, signer_id)


def set_numbered(letter: Letter, ready: Ready, signature_note: str = "") -> bytes:
    """The PDF of a letter that has its number; it gets the token of its QR code. Raises DocumentFailed."""
    content = _filled(
        ready,
        letter.number,
        qr=verification_url(letter),
        is_electronic=bool(signature_note),
        signature_note=signature_note,
    )
    return set_letter(content, title=f"{letter.title} {letter.number}")


def preview_pages(ready: Ready) -> list[bytes]:
    """The letter as pictures, marked as a draft, without number. Raises DocumentFailed."""
    with force_locale("id"):
        unnumbered = str(_("(nomor menyusul)"))
    return preview_letter(_filled(ready, unnumbered, watermark=DRAFT_MARK), title=ready.kind.title)


def _filled(ready: Ready, number: str, **more: Any) -> LetterContent:
    values = {**ready.values, "nomor": number, "nomor_surat": number}
    return replace(ready.content, number=number, blocks=resolve(ready.tree, values), **more)


def _reference(values: Mapping[str, Any], subject: str) -> list[tuple[str, str]]:
    """The rows below an official letter's number: nature, enclosures and subject, as far as it says them."""
    rows = (("Sifat", values.get("sifat")), ("Lampiran", values.get("lampiran")))
    told = str(values.get("perihal") or values.get("hal") or subject)
    return [(label, str(value)) for label, value in rows if value] + [("Hal", told)]


def _lines(value: object) -> list[str]:
    """An addressee as lines: a text of several lines, or a table's first cells."""
    if isinstance(value, list):
        return [str(next(iter(row.values()), "")) for row in value]
    return [line for line in str(value or "").splitlines() if line.strip()]


def _official_id(position: str, day: dt.date) -> uuid.UUID | None:
    query = select(Official.id).where(Official.position == position, queries.in_office(day))
    found: uuid.UUID | None = db.session.scalar(query.order_by(Official.sort_order).limit(1))
    return found
