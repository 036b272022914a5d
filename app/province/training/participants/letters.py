"""The letter that invites a village: PDF/A of the organiser's office, with a QR code that opens the invitation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.documents import render_pdf
from app.core.documents.qr import qr_svg
from app.core.links import province_url
from app.core.ui.formats import date
from app.province.regions import DISTRICT, territory
from app.province.reports.paper import MARK, letterhead_of
from app.province.training.events import queries, words
from app.province.training.events.models import TrainingEvent
from app.province.training.participants import rules
from app.province.training.participants.models import TrainingInvitation
from tenants.models import TenantRow

TEMPLATE = Path(__file__).with_name("typst") / "invitation.typ"
MOST_AT_ONCE = 100
"""Letters that are set in one document while somebody waits."""


def invitation_url(invitation: TrainingInvitation) -> str:
    """The address that a letter's QR code holds; it opens without an account."""
    return province_url("training_page.invitation", token=invitation.token)


def letter_pdf(event: TrainingEvent, invited: Sequence[tuple[TrainingInvitation, TenantRow]]) -> bytes:
    """The letters of villages, one page each (more where there are many sessions). Inside a platform scope.

    Raises DocumentFailed with a sentence; ValueError for more than MOST_AT_ONCE.
    """
    if not 0 < len(invited) <= MOST_AT_ONCE:
        raise ValueError(f"{len(invited)} letters at once")
    with force_locale("id"):
        images: dict[str, bytes | str] = {
            "logo": MARK.read_text(encoding="utf-8").replace("currentColor", "#7A1420")
        }
        for at, (invitation, _village) in enumerate(invited):
            images[f"qr{at}"] = qr_svg(invitation_url(invitation))
        data = {
            "paper": "a4",
            "letterhead": letterhead_of(territory(event.region_code)),
            "letters": [_letter(event, *pair) for pair in invited],
            "facts": _facts(event),
            "sessions": _sessions(event),
            "limit": _limit(event),
            "until": date(rules.last_day_to_register(event)),
            "signer": {"title": _signer_title(event), "place": _place(event)},
            "footer": event.title,
        }
        return render_pdf(TEMPLATE, data, title=f"Undangan {event.title}", images=images)


def _letter(event: TrainingEvent, invitation: TrainingInvitation, village: TenantRow) -> dict[str, str]:
    head = village.words.get("head", "") or ("Lurah" if village.kind == "kelurahan" else "Kepala Desa")
    return {
        "number": invitation.letter_number,
        "day": date(invitation.invited_at),
        "head": f"{head} {village.name}",
        "village": f"{village.term} {village.name}",
        "district": f"Kecamatan {village.district_name}",
        "regency": village.regency_name,
        "address": invitation_url(invitation),
        "by": invitation.invited_by,
    }


def _facts(event: TrainingEvent) -> list[list[str]]:
    venue = queries.venue_of(event)
    rows = [
        ["Kegiatan", event.title],
        ["Hari", words.days(event.starts_on, event.ends_on)],
        ["Tempat", venue.name if venue else "Menyusul"],
    ]
    if venue is not None and venue.address:
        rows.append(["Alamat", venue.address])
    if event.description:
        rows.append(["Keterangan", event.description])
    return rows


def _sessions(event: TrainingEvent) -> list[list[str]]:
    rows = []
    for line in queries.sessions_of(event.id):
        session = line.session
        speakers = ", ".join(speaker.name for speaker in line.speakers)
        rows.append(
            [
                date(session.starts_at),
                words.hours(session.starts_at, session.ends_at),
                session.title,
                speakers,
            ]
        )
    return rows


def _limit(event: TrainingEvent) -> str:
    if event.per_village is None:
        return ""
    return str(_("Setiap desa dapat mendaftarkan paling banyak %(count)s orang.", count=event.per_village))


def _signer_title(event: TrainingEvent) -> str:
    return str(letterhead_of(territory(event.region_code))["name"])


def _place(event: TrainingEvent) -> str:
    here = territory(event.region_code)
    name: Mapping[int, str] = {DISTRICT: here.name.removeprefix("Kecamatan ")}
    return name.get(here.level, here.name.removeprefix("Kabupaten ").removeprefix("Provinsi "))
