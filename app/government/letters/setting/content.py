"""What stands on a letter, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.core.documents import Signer

Layout = Literal["letter", "official", "decree"]


@dataclass(frozen=True, slots=True)
class LetterContent:
    """A letter ready to be set. Every text is shown as it is; none is ever taken as source.

    Args:
        letterhead: of `app.core.documents.letterhead`.
        title: above the text; in `official` letters the subject stands in `reference` instead.
        number: the letter's number; empty leaves a line to write on.
        blocks: of `markup.resolve`.
        place_date: such as "Gisting Atas, 22 November 2026".
        signer: who signs, at the right.
        logo: the village's arms (`logo_image()["logo"]`).
        layout: `letter` (title and number in the middle), `official` (number, nature, enclosure and subject at the
            left, addressee at the right), or `decree` (decision of the head, Permendagri 111/2014 and 1/2023).
        paper: `f4` (215 by 330 mm, "folio") or `a4`.
        reference: rows below the number of an official letter: (label, value).
        recipient: lines of the addressee of an official letter, without "Yth.".
        about: what a decree is about.
        authority: whose decision it is, on a line of its own above a decree's text.
        left_signer: who signs at the left, such as the applicant.
        counter_signer: who signs below, in the middle, such as the camat.
        copies: who gets a copy (tembusan).
        qr: the address of the letter's public page; empty for none.
        is_electronic: whether the QR code stands in the signature's place (signed electronically) instead of below it.
        signature_note: beside the QR code of an electronic signature.
        check_note: below the QR code of a letter signed in ink.
        footer: at the foot of every page.
        watermark: across every page, such as "KONSEP".
    """

    letterhead: Mapping[str, Any]
    title: str
    number: str
    blocks: Sequence[Mapping[str, Any]]
    place_date: str
    signer: Signer
    logo: bytes | None = None
    layout: Layout = "letter"
    paper: Literal["a4", "f4"] = "f4"
    reference: Sequence[tuple[str, str]] = ()
    recipient: Sequence[str] = ()
    about: str = ""
    authority: str = ""
    left_signer: Signer | None = None
    counter_signer: Signer | None = None
    copies: Sequence[str] = ()
    qr: str = ""
    is_electronic: bool = False
    signature_note: str = ""
    check_note: str = ""
    footer: str = ""
    watermark: str = ""
