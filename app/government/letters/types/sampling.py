"""A type with made-up values on paper: the editor's preview, and the proof that a type can be set at all."""

from __future__ import annotations

from typing import Any

from flask_babel import force_locale

from app.core.documents import Signer, head_signs, letterhead, logo_image, secretary_signs
from app.government.letters.markup import parse, resolve
from app.government.letters.options import letter_options, number_of
from app.government.letters.setting import LetterContent, preview_letter, set_letter
from app.government.letters.types.kinds import LetterKind
from app.government.letters.types.merging import indonesian_date, merge_values
from app.government.letters.types.registry import worded
from app.government.letters.types.samples import SAMPLE_DAY, sample_person, sample_values
from tenants.scope import current_tenant

MARK = "CONTOH"


def sample_pdf(kind: LetterKind) -> bytes:
    """The type with made-up values as PDF. Raises MarkupWrong, DocumentFailed."""
    return set_letter(_content(kind), title=kind.title)


def sample_picture(kind: LetterKind) -> bytes:
    """Its first page as PNG. Raises MarkupWrong, DocumentFailed."""
    return preview_letter(_content(kind), title=kind.title)[0]


def _content(kind: LetterKind) -> LetterContent:
    kind, options, tenant = worded(kind), letter_options(), current_tenant()
    with force_locale("id"):
        signer = _signer(kind)
        head = letterhead()
    number = number_of(
        options.number_pattern,
        sequence=12,
        day=SAMPLE_DAY,
        classification=kind.classification,
        village_code=tenant.code,
        type_code=kind.code,
    )
    person = sample_person(address=f"Jalan Raya Nomor 12, RT 001, RW 002, {tenant.full_name}")
    about = {"date": SAMPLE_DAY, "number": number, "signer_name": signer.name, "signer_title": signer.title}
    values = merge_values(kind, {} if kind.about == "none" else person, sample_values(kind), about)
    return LetterContent(
        letterhead=head,
        logo=logo_image().get("logo"),
        title=kind.title,
        number=number,
        blocks=resolve(parse(kind.body), values),
        place_date=f"{tenant.name}, {indonesian_date(SAMPLE_DAY)}",
        signer=signer,
        watermark=MARK,
        paper="a4" if options.paper == "A4" else "f4",
        **_more(kind, values),
    )


def _more(kind: LetterKind, values: Any) -> dict[str, Any]:
    """What official letters and decrees have besides."""
    subject = str(values.get("perihal") or values.get("tentang") or kind.label)
    if kind.layout == "official":
        lines = [line for line in str(values.get("kepada") or "").splitlines() if line.strip()]
        return {"layout": "official", "reference": (("Hal", subject),), "recipient": tuple(lines)}
    return {"layout": "decree", "about": subject} if kind.layout == "decree" else {}


def _signer(kind: LetterKind) -> Signer:
    if kind.signer == "none":
        return Signer("", "")
    signs = secretary_signs if kind.signer == "secretary" else head_signs
    return signs(SAMPLE_DAY, with_place=False)
