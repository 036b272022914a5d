"""What is valid in an announcement and in a shared document: for forms and for programs."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from marshmallow import Schema, fields, validate

from app.core.forms import Choice, Day, FormSchema, Line, Paragraphs, Tick
from app.province.announcements.audience import KINDS, SCOPES, STATES, SYSTEMS
from app.province.announcements.sharing import CATEGORIES

LONGEST_TITLE = 160
LONGEST_BODY = 8000
MOST_REGIONS = 300
LABELS: dict[str, object] = {
    "title": _l("Judul"),
    "body": _l("Isi"),
    "shown_until": _l("Tampil sampai"),
    "needs_confirmation": _l("Minta konfirmasi"),
    "scope": _l("Penerima"),
    "regions": _l("Wilayah"),
    "villages": lazy_pgettext("many villages", "Desa"),
    "kind": _l("Jenis"),
    "states": _l("Keadaan"),
    "system": _l("Sistem"),
    "files": _l("Lampiran"),
    "file": _l("Berkas"),
    "description": _l("Keterangan"),
    "category": _l("Jenis dokumen"),
    "reason": _l("Alasan"),
}

_REGION = validate.Regexp(r"^\d{2}\.\d{2}(\.\d{2})?$", error=_l("Kode wilayah tidak dikenal."))


class AudienceForm(FormSchema):
    """Which villages, as a form names them."""

    scope = Choice(choices=SCOPES, load_default="all")
    regions = fields.List(fields.String(validate=_REGION), validate=validate.Length(max=MOST_REGIONS))
    villages = fields.List(fields.UUID())
    village_text = Paragraphs(longest=30_000)
    kind = Choice(choices=KINDS)
    states = fields.List(fields.String(validate=validate.OneOf(STATES)))
    system = Choice(choices=SYSTEMS)


class AnnouncementForm(AudienceForm):
    """An announcement as a form sends it."""

    title = Line(required=True, longest=LONGEST_TITLE, shortest=5)
    body = Paragraphs(required=True, longest=LONGEST_BODY)
    needs_confirmation = Tick()
    shown_until = Day(allow_none=True, load_default=None)


class DocumentForm(FormSchema):
    """A shared document as a form sends it, without its file."""

    title = Line(required=True, longest=LONGEST_TITLE, shortest=5)
    description = Paragraphs(longest=1000)
    category = Choice(required=True, choices=tuple(CATEGORIES))


class AudienceSchema(Schema):
    """Which villages, as programs name them; always within the account's region."""

    scope = fields.String(
        load_default="all",
        validate=validate.OneOf(SCOPES),
        metadata={"description": "all: the whole own region; regions or villages: those that are named."},
    )
    regions = fields.List(
        fields.String(validate=_REGION),
        load_default=list,
        validate=validate.Length(max=MOST_REGIONS),
        metadata={"description": "Codes of kabupaten/kota and kecamatan, for the scope `regions`."},
    )
    villages = fields.List(
        fields.UUID(), load_default=list, metadata={"description": "Ids, for the scope `villages`."}
    )
    kind = fields.String(load_default="", validate=validate.OneOf(["", *KINDS]))
    states = fields.List(
        fields.String(validate=validate.OneOf(STATES)),
        load_default=list,
        metadata={"description": "Adoption states; none means all."},
    )
    system = fields.String(
        load_default="",
        validate=validate.OneOf(["", *SYSTEMS]),
        metadata={"description": "other: only villages that run another system; siger: only the others."},
    )


class AnnouncementNewSchema(Schema):
    """An announcement as a program writes it: a draft, until it is sent."""

    title = Line(required=True, longest=LONGEST_TITLE, shortest=5)
    body = Paragraphs(
        required=True,
        longest=LONGEST_BODY,
        metadata={"description": "Plain text; empty lines, `- ` and addresses shape it."},
    )
    needs_confirmation = fields.Boolean(load_default=False)
    shown_until = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": "The last day that villages are shown it."},
    )
    audience = fields.Nested(AudienceSchema, load_default=lambda: AudienceSchema().load({}))


def typed_audience(values: dict[str, Any]) -> dict[str, Any]:
    """A checked form's audience with ids as text."""
    return {**values, "villages": [str(one) for one in values.get("villages") or ()]}
