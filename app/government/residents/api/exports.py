"""Exports: the residents that a filter lets through as a file, noted with the reason."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from app.core.api import ApiBlueprint
from app.core.permissions import requires
from app.government.residents.api.common import SIXTEEN, chosen_residents, handle_refusals, may
from app.government.residents.api.files import BINARY, CSV, XLSX, sent_file
from app.government.residents.api.residents import ResidentFilterFields
from app.government.residents.exports import services
from app.government.residents.exports.rows import Sight
from app.government.residents.writing import today

export_api = ApiBlueprint(
    "exports",
    __name__,
    audience="village",
    description="The register as a file. Numbers are in clear with residents.view_identity, masked without.",
)


class ExportSchema(ResidentFilterFields):
    """Whom to export, as what, and why."""

    number = fields.String(
        validate=validate.Regexp(SIXTEEN),
        metadata={"description": "All 16 digits of a NIK or of a family card's number."},
    )
    shape = fields.String(
        load_default="xlsx",
        validate=validate.OneOf(services.SHAPES),
        metadata={
            "description": "`xlsx` or `csv` in words; `exchange`: the workbook that an import reads without loss (needs"
            " residents.view_identity)."
        },
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(3, 200),
        metadata={"description": "What it is for; it stands in the audit log."},
    )


@export_api.route("/exports", methods=["POST"])
@requires("residents.export")
@export_api.arguments(ExportSchema)
@export_api.response(200, BINARY, content_type="*/*")
def export(values: dict[str, Any]) -> Any:
    """Make a file of the residents that a filter lets through.

    Health is part of it with residents.view_health alone. Texts that a spreadsheet would take for formulas are made
    harmless. The audit log keeps who exported how many, which and why.
    """
    shape, reason = values.pop("shape"), values.pop("reason")
    sight = Sight(may("residents.view_identity"), may("residents.view_health"))
    made = services.export_residents(chosen_residents(values), shape, sight, reason)
    with made.file:
        data = made.file.read()
    ending = "csv" if shape == "csv" else "xlsx"
    media_type = f"{CSV}; charset=utf-8" if ending == "csv" else XLSX
    return sent_file(data, media_type, f"penduduk-{today():%Y-%m-%d}.{ending}")


handle_refusals(export_api)
