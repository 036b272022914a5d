"""What the register's parts of the API share: who may see what, refusals as problems, the key of a deed sent twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from flask import Response, abort
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, post_load, validate

from app.core.actors import current_actor
from app.core.api import ApiBlueprint
from app.core.api.paging import BEHIND
from app.core.ui.errors import problem
from app.core.ui.sentences import status_sentence
from app.core.village.errors import Invalid, Missing
from app.core.village.schemas import Identity
from app.government.residents import codes
from app.government.residents.browse.filters import HEALTH_CODED, ResidentFilter
from app.government.residents.models import SEALED_FIELDS
from app.government.residents.register.errors import Refused
from app.government.residents.register.labels import HEALTH_FIELDS
from app.government.residents.register.schemas import Code, Decile, Degrees, YesNo
from app.government.residents.register.services import Acceptance

NO_DIGITS = r"^[^0-9]*$"
SIXTEEN = r"^[0-9]{16}$"
BEHIND_ROW = {"description": BEHIND}
MONTH = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"
_DIGITS = _l("Nama tidak berisi angka. Cari NIK atau nomor KK lewat isi kiriman (POST …/search).")
LONGEST_NOTE = 300
AT_ONCE = 50
"""How many people one request names."""


def may(permission: str) -> bool:
    """Whether the token allows this."""
    actor = current_actor()
    return actor is not None and actor.may(permission)


def refuse_hidden(values: Collection[str]) -> None:
    """End the request with 403 when these fields hold some that the token may not see."""
    if not may("residents.view_health") and any(name in values for name in HEALTH_FIELDS):
        abort(403, _("Kesehatan hanya diubah dengan izin melihat disabilitas, penyakit, KB, dan kehamilan."))
    if not may("residents.view_identity") and any(name in values for name in (*SEALED_FIELDS, "kk")):
        abort(403, _("NIK, nomor KK, dan kontak hanya diubah dengan izin melihatnya secara utuh."))


def filled(values: Mapping[str, Any]) -> list[str]:
    """The names of the fields that hold something."""
    return [name for name, value in values.items() if value not in (None, "")]


def chosen_residents(asked: Mapping[str, Any]) -> ResidentFilter:
    """The filter that a body or an address asks for; ends the request with 403 when it asks for health unallowed.

    Args:
        asked: arguments of ResidentFilter; `number`: all 16 digits of a NIK or KK number.
    """
    may_health = may("residents.view_health")
    if not may_health and any(name in asked for name in HEALTH_CODED):
        abort(403)
    args = {name: value for name, value in asked.items() if name != "number"}
    if asked.get("number"):
        args["q"] = asked["number"]
    return ResidentFilter.from_args(args, may_health=may_health)


class DeedKey(Schema):
    """The header `Idempotency-Key`; loads it as `key`, None where it was not sent."""

    key = fields.UUID(
        data_key="Idempotency-Key",
        load_default=None,
        metadata={
            "description": "A UUID of the program's own choice. What is sent twice with the same one is done once, and"
            " the second answer is that of the first. For a life event with other values it is refused."
        },
    )


class AcceptingSchema(Schema):
    """What accepts warnings; errors are never accepted."""

    accepted_note = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_NOTE),
        metadata={
            "description": "Why it is right in spite of warnings (`findings` of the answer 422). Kept with the change."
        },
    )
    accepted = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=AT_ONCE),
        metadata={
            "description": "Codes of the warnings that were looked at; all of them when it is left out."
        },
    )


def taken_acceptance(values: dict[str, Any]) -> Acceptance | None:
    """Take what accepts warnings out of a body."""
    note, accepted = values.pop("accepted_note", ""), values.pop("accepted", None)
    return Acceptance(note, accepted) if note.strip() else None


class Day(fields.Date):
    """A day of the years 1900 to 2200."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> dt.date:
        day = super()._deserialize(value, attr, data, **options)
        if not 1900 <= day.year <= 2200:
            raise ValidationError(_("Tahun ini di luar 1900 sampai 2200."))
        return day


class NameSearch(fields.String):
    """Part of a name: it holds no digits, so no number gets into an address."""

    def __init__(self, **options: Any) -> None:
        checks = [validate.Length(max=100), validate.Regexp(NO_DIGITS, error=_DIGITS)]
        super().__init__(validate=checks, **options)


class Month(fields.String):
    """A month as `2026-11`; loads as its first day."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators = []
        self.metadata = {"pattern": MONTH, "example": "2026-11", **self.metadata}

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> str | None:
        return f"{value:%Y-%m}" if value is not None else None

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> Any:
        text = super()._deserialize(value, attr, data, **options)
        validate.Regexp(MONTH, error=str(_("Tulis bulan seperti 2026-11.")))(text)
        return dt.date(int(text[:4]), int(text[5:]), 1)


def list_of(column: str, *, with_unknown: bool = False) -> list[int]:
    """The codes of a list, for documents and checks; 0 stands for an empty field."""
    return [*([0] if with_unknown else []), *codes.LISTS[column]]


def described(schema: type[Schema]) -> type[Schema]:
    """Say in the document what the register's own fields take."""
    for known in schema._declared_fields.values():
        more: dict[str, Any] = {}
        if isinstance(known, Code):
            more = coded(known.column, may_be_null=known.allow_none)
        elif isinstance(known, Degrees):
            more = {"type": "number", "minimum": known.bounds[0], "maximum": known.bounds[1]}
        elif isinstance(known, YesNo):
            more = {"type": "boolean"}
        elif isinstance(known, Decile):
            more = {"type": "integer", "minimum": 1, "maximum": 10}
        elif isinstance(known, Identity):
            more = {"type": "string", "format": "uuid"}
        known.metadata = {**known.metadata, **more}
    return schema


def coded(column: str, *, may_be_null: bool = True) -> dict[str, Any]:
    """How the document describes a code of a list."""
    listed: list[int | None] = list(codes.LISTS[column])
    return {
        "type": "integer",
        "enum": [*listed, None] if may_be_null else listed,
        "description": f"Code of the list `{column}` of /codes.",
    }


class ReasonQuery(Schema):
    """Why somebody's numbers are asked for in full."""

    reason = fields.String(
        validate=validate.Length(max=200),
        metadata={
            "description": "Why sealed fields are asked for unmasked (UU PDP wants a purpose), at least five letters."
            " It stands in the audit log. Needs residents.view_identity. May be sent as the header `X-Reason` too."
        },
    )


class ReasonHeader(Schema):
    """The same as a header."""

    reason = fields.String(data_key="X-Reason", validate=validate.Length(max=200))

    @post_load
    def settle(self, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        """The reason as text, empty when it was not sent."""
        return {"reason": data.get("reason", "")}


def told_reason(query: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    """The reason for which numbers are asked for in full; ends the request with 403 when that is not allowed."""
    reason = str(query.get("reason") or header.get("reason") or "").replace("\x00", "").strip()
    if reason and not may("residents.view_identity"):
        abort(403)
    return reason


def handle_refusals(*blueprints: ApiBlueprint) -> None:
    """Let parts of the API answer what services raise."""
    for blueprint in blueprints:
        blueprint.register_error_handler(Refused, _refused)
        blueprint.register_error_handler(Invalid, _invalid)
        blueprint.register_error_handler(Missing, _missing)


def _refused(error: Refused) -> Response:
    wrong: dict[str, list[str]] = {}
    for finding in error.findings:
        wrong.setdefault(finding.field or "_schema", []).append(str(finding.sentence))
    told = [
        {
            "level": finding.level,
            "field": finding.field,
            "code": finding.code,
            "sentence": str(finding.sentence),
            "resident_id": finding.resident_id,
            "household_id": finding.household_id,
        }
        for finding in error.findings
    ]
    return problem(422, "Unprocessable Content", status_sentence(422), errors={"json": wrong}, findings=told)


def _invalid(error: Invalid) -> Response:
    return problem(422, "Unprocessable Content", str(error), errors={"json": {error.field: [str(error)]}})


def _missing(error: Missing) -> Response:
    return problem(404, "Not Found", status_sentence(404))


def changed_meanwhile(present: Mapping[str, Any]) -> Response:
    """The answer 412: somebody else was faster; `present` is the record as it stands, with its version."""
    version = present["row_version"]
    sentence = _("Orang lain sudah mengubahnya; versi sekarang %(version)s.", version=version)
    answer = problem(412, "Precondition Failed", sentence, present=present)
    answer.headers["ETag"] = f'"{version}"'
    return answer
