"""The family card sheet as PDF. It is the village's own print, not the card that the civil registry issues."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from flask_babel import force_locale, gettext

from app.core.documents import head_signs, render_pdf
from app.government.residents.browse.family import HouseholdFile
from app.government.residents.writing import today

TEMPLATE = Path(__file__).with_name("typst") / "family_card.typ"
SHOWN = (
    "name", "nik", "sex", "birth_place", "birth_date", "religion", "education", "occupation", "blood_type",
)  # fmt: skip
SHOWN_BELOW = (
    "marital_status", "married_on", "relation", "nationality", "passport", "kitas", "father_name", "mother_name",
)  # fmt: skip


def card_pdf(shown: HouseholdFile) -> bytes:
    """The sheet of a household whose numbers are revealed, A4 lying. Raises DocumentFailed.

    Its layout is that of the form F-1.01 and the family card of Permendagri 109/2019; its words are Indonesian in any
    language of the screen, since it is a paper for offices.
    """
    rows = [asdict(row) for row in shown.members]
    with force_locale("id"):
        notice = gettext("Bukan Kartu Keluarga resmi. Kartu Keluarga diterbitkan oleh Disdukcapil.")
        data = {
            "paper": "a4",
            "landscape": True,
            "footer": notice,
            "notice": notice,
            "kk": shown.kk,
            "head": shown.head,
            "place": shown.place,
            "members": [[row[name] for name in SHOWN] for row in rows],
            "more": [[row[name] for name in SHOWN_BELOW] for row in rows],
            "signers": [head_signs(today()).as_data()],
        }
        title = gettext("Lembar data keluarga")
    return render_pdf(TEMPLATE, data, title=title)
