"""The letter that invites a village: PDF/A of the office, with a QR code that opens the village's link."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask_babel import force_locale

from app.core.documents import render_pdf, render_pictures
from app.core.documents.qr import qr_svg
from app.core.ui.formats import date
from app.province.onboarding.invitations import tokens
from app.province.onboarding.invitations.models import InvitationBatch, OnboardingInvitation
from app.province.regions import territory
from app.province.reports.paper import MARK, letterhead_of
from tenants.models import TenantRow

TEMPLATE = Path(__file__).with_name("typst") / "letter.typ"
MOST_AT_ONCE = 200
"""Letters in one document to print."""

SPECIMEN = "c0nt0hsuratundangancontoh2"
Pair = tuple[OnboardingInvitation, TenantRow]


def letters_pdf(batch: InvitationBatch, invited: Sequence[Pair]) -> bytes:
    """The letters of villages, a page each. Inside a platform scope.

    Raises DocumentFailed with a sentence; ValueError for more than MOST_AT_ONCE.
    """
    if not 0 < len(invited) <= MOST_AT_ONCE:
        raise ValueError(f"{len(invited)} letters at once")
    with force_locale("id"):
        links = [tokens.link_of(invitation) for invitation, _village in invited]
        data, images = _document(batch, [village for _one, village in invited], links,
                                 [date(one.expires_at) for one, _village in invited])  # fmt: skip
        return render_pdf(
            TEMPLATE, data, title=f"Undangan Siger {batch.label}", images=images, tagged=len(invited) == 1
        )


def preview(batch: InvitationBatch, village: TenantRow, until: str) -> bytes:
    """The first page of a letter as it will look, as PNG; its link leads nowhere. Raises DocumentFailed."""
    with force_locale("id"):
        data, images = _document(batch, [village], [tokens.link(SPECIMEN)], [until])
        return render_pictures(TEMPLATE, data, title="Contoh undangan", images=images)[0]


def _document(
    batch: InvitationBatch, villages: Sequence[TenantRow], links: Sequence[str], until: Sequence[str]
) -> tuple[dict[str, Any], dict[str, bytes | str]]:
    here = territory(batch.region_code)
    images: dict[str, bytes | str] = {
        "logo": MARK.read_text(encoding="utf-8").replace("currentColor", "#7A1420")
    }
    for at, link in enumerate(links):
        images[f"qr{at}"] = qr_svg(link)
    letters = [_letter(row, link, day) for row, link, day in zip(villages, links, until, strict=True)]
    place = here.name.removeprefix("Kabupaten ").removeprefix("Provinsi ").removeprefix("Kecamatan ")
    return {
        "paper": "a4",
        "letterhead": letterhead_of(here),
        "number": batch.letter_number,
        "place": place,
        "day": date(batch.letter_date),
        "paragraph": batch.paragraph.split("\n") if batch.paragraph else [],
        "signer": {
            "title": batch.signatory_title,
            "name": batch.signatory_name,
            "nip": f"NIP {batch.signatory_nip}" if batch.signatory_nip else "",
        },
        "letters": letters,
        "footer": "Siger · Smart Village Lampung",
    }, images


def _letter(row: TenantRow, link: str, until: str) -> dict[str, str]:
    head = row.words.get("head", "") or ("Lurah" if row.kind == "kelurahan" else "Kepala Desa")
    return {
        "head": f"{head} {row.name}",
        "village": f"{row.term} {row.name}",
        "code": row.code,
        "district": f"Kecamatan {row.district_name}",
        "regency": row.regency_name,
        "address": link,
        "until": until,
    }
