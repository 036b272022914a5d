"""The form that asks for an archive, the same on both kinds of hosts, and how screens speak of archives."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Response, abort, make_response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema

from app.core.actors import acting
from app.core.files.names import disposition
from app.core.files.storage import ObjectMissing, StorageAway
from app.core.forms import REQUIRED, Checked, FormSchema, Paragraphs
from app.core.ui.formats import ZONE, number
from app.province.archives import passphrases, services
from app.province.archives.failures import why_failed
from app.province.archives.models import VillageArchive
from app.province.archives.services import AskedOn, NothingThere, UnderWay
from tenants.models import now

log = structlog.get_logger(__name__)

LABELS = {"reason": _l("Alasan"), "passphrase": _l("Frasa sandi"), "again": _l("Frasa sandi, sekali lagi")}
_STATES = {
    "waiting": (_l("Menunggu giliran"), "info"),
    "making": (_l("Sedang dibuat"), "info"),
    "ready": (_l("Siap diunduh"), "success"),
    "failed": (_l("Gagal"), "error"),
    "expired": (_l("Sudah dihapus"), "neutral"),
}


class AskForm(FormSchema):
    """Why, and the passphrase twice."""

    reason = Paragraphs(required=True, shortest=10, longest=500)
    passphrase = fields.String(required=True, error_messages={"required": REQUIRED})
    again = fields.String(required=True, error_messages={"required": REQUIRED})

    @validates_schema
    def _fits(self, data: dict[str, Any], **_options: Any) -> None:
        if not passphrases.is_enough(data.get("passphrase", "")):
            raise ValidationError(
                str(_l("Terlalu mudah ditebak. Pakai paling sedikit 12 karakter, atau empat kata.")),
                "passphrase",
            )
        if data.get("passphrase") != data.get("again"):
            raise ValidationError(str(_l("Kedua frasa sandi tidak sama.")), "again")


@dataclass(frozen=True, slots=True)
class ShownArchive:
    """An archive in words."""

    row: VillageArchive
    label: str
    tone: str
    error: str
    size: str
    may_download: bool
    is_elsewhere: bool
    """It was asked for on the other kind of host, and is handed out only there."""


def shown(rows: list[VillageArchive], here: AskedOn) -> list[ShownArchive]:
    """Archives as a page shows them."""
    found = []
    for row in rows:
        over = row.state == "ready" and (row.expires_at is None or row.expires_at <= now())
        state = "expired" if over else row.state
        label, tone = _STATES[state]
        error = why_failed(row.error) if state == "failed" else ""
        mine = row.asked_on == here
        ready = state == "ready"
        found.append(
            ShownArchive(row, str(label), tone, error, _size(row.size), ready and mine, ready and not mine)
        )
    return found


def job_of(row: VillageArchive) -> dict[str, Any]:
    """The making of an archive for the bar of progress."""
    state = {"waiting": "queued", "making": "running", "ready": "done", "expired": "done", "failed": "failed"}
    return {
        "id": row.id,
        "title": _("Membuat arsip"),
        "state": state[row.state],
        "done": 0,
        "total": 0,
        "started_at": row.taken_at,
        "finished_at": row.finished_at,
    }


def under_way(rows: list[VillageArchive]) -> VillageArchive | None:
    """The archive that is being made, if one is."""
    return next((row for row in rows if row.state in ("waiting", "making")), None)


def try_to_ask(tenant_id: uuid.UUID, checked: Checked, asked_on: AskedOn) -> str | None:
    """Ask for an archive with a valid form, inside the platform's scope; the sentence why not, or None."""
    try:
        values = checked.values
        services.ask(tenant_id, values["passphrase"], values["reason"], asked_on=asked_on, by=acting())
    except UnderWay:
        return str(_("Arsip desa ini sedang dibuat. Tunggu sampai selesai, lalu minta lagi bila perlu."))
    except NothingThere:
        return str(_("Desa ini belum disiapkan, jadi belum ada yang dapat diarsipkan."))
    return None


def sent(archive: VillageArchive | None, code: str, asked_on: AskedOn) -> ResponseReturnValue:
    """The file of an archive, piece by piece; 404 when it is not handed out here, 503 while storage is away."""
    if archive is None:
        abort(404)
    try:
        found = services.hand_out(archive, asked_on)
    except ObjectMissing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)
    if found is None:
        abort(404)
    size, pieces = found
    response = Response(pieces, mimetype="application/octet-stream")
    response.content_length = size
    name = f"arsip-{code}-{archive.created_at.astimezone(ZONE):%Y%m%d}.age"
    response.headers["Content-Disposition"] = disposition("attachment", name)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def no_store(page: str, status: int = 200) -> Response:
    """A page that no cache keeps: it shows a passphrase that was made up for it."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _size(size: int) -> str:
    return str(_("%(size)s MB", size=number(size / 1_000_000, 1))) if size else ""
