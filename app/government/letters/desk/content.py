"""A letter as it is set: what stands in it, made ready before its number is known, then set with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

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
from app.government.letters.types import LetterKind, letter_type, merge_values
from app.government.letters.verification import verification_url
from tenants.scope import current_tenant

if TYPE_CHECKING:
    from app.government.letters.setting import LetterContent

DRAFT_MARK = "KONSEP"


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter made ready: everything but its number, so that whoever draws one holds the counter shortly."""

    kind: LetterKind
    tree: list[dict[str, Any]]
    values: dict[str, Any]
    content: LetterContent
    day: dt.date
    valid_until: dt.date | None
    signer_id: Any


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all letters of a village share on a day: letterhead, logo, and who signs. Read once for a batch."""

    day: dt.date
    letterhead: dict[str, Any]
    logo: bytes | None
    signers: Mapping[str, tuple[Signer, Any]]


def surroundings(day: dt.date, *, positions: tuple[str, ...] = ("head", "secretary")) -> Surroundings:
    """Read what stands around letters of a day."""
    signs = {"head": head_signs, "secretary": secretary_signs}
    with force_locale("id"):
        signers = {
            position: (signs[position](day, with_place=False), _official_id(position, day))
            for position in positions
        }
        return Surroundings(day, letterhead(), logo_image().get("logo"), signers)


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
    from app.government.letters.setting import LetterContent

    kind = kind or letter_type(letter.type_code, active=False)
    day = around.day
    valid_until = day + dt.timedelta(days=kind.validity_days) if kind.validity_days else None
    signer, signer_id = around.signers[kind.signer]
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
            str(_("Berlaku sampai %(day)s.", day=formats.date(valid_until))) if valid_until is not None else ""
        )
    content = LetterContent(
        letterhead=around.letterhead,
        logo=around.logo,
        title=kind.title,
        number=letter.number,
        blocks=[],
        place_date=place_date,
        signer=signer,
        layout=kind.layout,
        footer=footer,
    )
    return Ready(kind, parse(kind.body), values, content, day, valid_until, signer_id)


def set_numbered(letter: Letter, ready: Ready, signature_note: str = "") -> bytes:
    """The PDF of a letter that has its number; it gets the token of its QR code. Raises DocumentFailed."""
    from app.government.letters.setting import set_letter

    content = _filled(ready, letter.number, qr=verification_url(letter), signature_note=signature_note)
    return set_letter(content, title=f"{letter.title} {letter.number}")


def preview_pages(ready: Ready) -> list[bytes]:
    """The letter as pictures, marked as a draft, without number. Raises DocumentFailed."""
    from app.government.letters.setting import preview_letter

    with force_locale("id"):
        unnumbered = str(_("(nomor menyusul)"))
    return preview_letter(_filled(ready, unnumbered, watermark=DRAFT_MARK), title=ready.kind.title)


def _filled(ready: Ready, number: str, **more: Any) -> LetterContent:
    values = {**ready.values, "nomor": number, "nomor_surat": number}
    return replace(ready.content, number=number, blocks=resolve(ready.tree, values), **more)


def _official_id(position: str, day: dt.date) -> Any:
    query = select(Official.id).where(Official.position == position, queries.in_office(day))
    return db.session.scalar(query.order_by(Official.sort_order).limit(1))
