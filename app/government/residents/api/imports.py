"""Imports of workbooks: sent, mapped, looked at, applied as a whole, and taken back."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort
from flask_babel import gettext as _
from flask_login import current_user
from marshmallow import Schema, fields, validate

from app.core.actors import current_actor
from app.core.api import ApiBlueprint
from app.core.files.storage import StorageAway
from app.core.permissions import requires
from app.core.spreadsheets import SpreadsheetRefused
from app.core.spreadsheets.reading import MAX_UPLOAD_BYTES
from app.core.ui.errors import problem
from app.core.village.errors import Missing
from app.government.residents.api.common import Day, handle_refusals, may
from app.government.residents.api.files import BINARY, XLSX, FileSchema, sent_file, taken_file
from app.government.residents.imports import presenting, queries, services
from app.government.residents.imports.columns import TARGETS
from app.government.residents.imports.mapping import health_columns, settled
from app.government.residents.imports.services import LONGEST_NOTE, Asker, NotNow
from app.government.residents.imports.storing import KINDS

import_api = ApiBlueprint(
    "imports",
    __name__,
    audience="village",
    description="Workbooks (.xlsx, .xlsm, .xls, .ods, .csv, up to 5 MB) taken into the register, whole or not at all."
    " Needs residents.view_identity. Work goes on behind the answer: ask for the import until `is_working` is false.",
)

MOST_COLUMNS = 500
LAST_PAGE = 10_000
DOUBT = "doubt"


class ImportSchema(Schema):
    """An import."""

    id = fields.UUID(required=True)
    file_name = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(presenting.STATES)))
    is_working = fields.Boolean(required=True)
    is_stuck = fields.Boolean(
        required=True,
        metadata={"description": "The work gave up for a reason of ours; ask for it again (retry)."},
    )
    counts = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": "`rows`, `new`, `changed`, `same`, `rejected`, `warned` and more, once they are known."
        },
    )
    error = fields.String(required=True, metadata={"description": "Why the file is refused."})
    row_version = fields.Integer(
        required=True, metadata={"description": "Needed to apply what was looked at."}
    )
    asked_by = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    applied_at = fields.AwareDateTime(required=True, allow_none=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)


class ImportColumnSchema(Schema):
    """A column of the file."""

    number = fields.Integer(required=True)
    heading = fields.String(required=True)
    samples = fields.List(
        fields.String(), required=True, metadata={"description": "Long numbers are masked."}
    )
    target = fields.String(
        required=True, metadata={"description": "What it is, guessed or chosen; empty for nothing."}
    )


class ImportTableSchema(Schema):
    """What the file holds."""

    sheet = fields.String(required=True)
    sheets = fields.List(fields.String(), required=True)
    columns = fields.List(fields.Nested(ImportColumnSchema), required=True)
    targets = fields.List(fields.String(), required=True, metadata={"description": "What a column can be."})


class ColumnsSchema(Schema):
    """What each column is."""

    columns = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"^[0-9]{1,4}$")),
        values=fields.String(validate=validate.OneOf(["", *(target.name for target in TARGETS)])),
        required=True,
        validate=validate.Length(1, MOST_COLUMNS),
        metadata={"description": "Column number → target; columns that are left out are not used."},
    )


class SheetSchema(Schema):
    """Which sheet."""

    sheet = fields.String(required=True, validate=validate.Length(1, 100))


class LinesQuery(Schema):
    """Which lines of the preview."""

    kind = fields.String(
        load_default="new",
        validate=validate.OneOf([*KINDS, DOUBT]),
        metadata={
            "description": "new, changed, same (nothing differs), rejected (with the reasons), doubt (looks like"
            " somebody else than its NIK says: stays out until it is accepted; `accepted` says whether it is)."
        },
    )
    page = fields.Integer(
        load_default=1,
        validate=validate.Range(1, LAST_PAGE),
        metadata={"description": f"{queries.LINES} lines each."},
    )
    only_warned = fields.Boolean(load_default=False)


class LinesSchema(Schema):
    """Lines of the preview."""

    lines = fields.List(
        fields.Dict(keys=fields.String()),
        required=True,
        metadata={
            "description": "`n` (row number), `name`, `nik` (masked); `errors` of rejected rows; `warnings`;"
            " `changes` as field, before, after."
        },
    )
    count = fields.Integer(required=True, metadata={"description": "Lines of this kind in all."})


class AcceptSchema(Schema):
    """Which rows in doubt mean the person of the register all the same."""

    row_version = fields.Integer(
        required=True,
        validate=validate.Range(0, 2**31 - 1),
        metadata={
            "description": "Of the import as it was looked at; 409 when it was checked anew meanwhile."
        },
    )
    rows = fields.List(
        fields.Integer(validate=validate.Range(1, 2**31 - 1)),
        required=True,
        validate=validate.Length(1, queries.LINES),
        metadata={"description": "Row numbers (`n`) that were looked at, of one page of doubt at most."},
    )
    accepted = fields.List(
        fields.Integer(validate=validate.Range(1, 2**31 - 1)),
        required=True,
        validate=validate.Length(0, queries.LINES),
        metadata={"description": "Those of them that mean the person of the register; the others stay out."},
    )


class ApplySchema(Schema):
    """How an import is applied."""

    row_version = fields.Integer(
        required=True,
        validate=validate.Range(0, 2**31 - 1),
        metadata={
            "description": "Of the import as it was looked at; 409 when it was checked anew meanwhile."
        },
    )
    happened_on = Day(
        load_default=None,
        allow_none=True,
        metadata={"description": "Day of the opening balance; today at first."},
    )
    make_areas = fields.Boolean(
        load_default=False, metadata={"description": "Make areas that the file names and the village lacks."}
    )
    accepted_note = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_NOTE),
        metadata={"description": "Needed when rows are taken in spite of warnings."},
    )


@import_api.before_request  # type: ignore[untyped-decorator]
def _needs_identity() -> None:
    """Whoever imports sends numbers in clear, so they must be allowed to see them."""
    if current_user.is_authenticated and not may("residents.view_identity"):
        abort(403)


@import_api.route("/imports")
@requires("residents.import")
@import_api.response(200, ImportSchema(many=True))
def imports() -> list[dict[str, Any]]:
    """The last imports, newest first."""
    return [_shown(found) for found in queries.imports()]


@import_api.route("/imports", methods=["POST"])
@requires("residents.import")
@import_api.arguments(FileSchema, location="files")
@import_api.response(202, ImportSchema)
@import_api.problems("SERVICE_UNAVAILABLE")
def send(files: dict[str, Any]) -> dict[str, Any]:
    """Send a file and have it read."""
    data, name = taken_file(MAX_UPLOAD_BYTES)
    try:
        import_id = services.start_import(data, name, _asker())
    except StorageAway:
        abort(503)
    return _shown(_found(import_id))


@import_api.route("/imports/<uuid:import_id>")
@requires("residents.import")
@import_api.response(200, ImportSchema)
def one(import_id: uuid.UUID) -> dict[str, Any]:
    """One import and how far it is."""
    return _shown(_found(import_id))


@import_api.route("/imports/<uuid:import_id>/columns")
@requires("residents.import")
@import_api.response(200, ImportTableSchema)
def columns(import_id: uuid.UUID) -> dict[str, Any]:
    """The file's columns with samples, and what they are taken for.

    404 while the file is being read, and after what it held was deleted.
    """
    run = _found(import_id).run
    table = queries.part_of(import_id, "table")
    if table is None:
        raise Missing("table")
    chosen = settled(run.mapping.get("columns", {}), len(table["header"]))
    hidden = frozenset() if may("residents.view_health") else health_columns(table["header"], chosen)
    return {
        "sheet": table["sheet"],
        "sheets": [name for name, _hidden in table["sheets"]],
        "columns": [
            {
                "number": column.number,
                "heading": column.heading,
                "samples": column.samples,
                "target": column.chosen,
            }
            for column in presenting.mapped_columns(table, chosen, hidden)
        ],
        "targets": [
            target.name for target in TARGETS if may("residents.view_health") or not target.is_health
        ],
    }


@import_api.route("/imports/<uuid:import_id>/columns", methods=["PUT"])
@requires("residents.import")
@import_api.arguments(ColumnsSchema)
@import_api.response(202, ImportSchema)
@import_api.problems("CONFLICT")
def choose_columns(values: dict[str, Any], import_id: uuid.UUID) -> dict[str, Any]:
    """Say what each column is, and have the rows checked. The choice is remembered for files with this heading."""
    services.choose_columns(import_id, values["columns"], _asker())
    return _shown(_found(import_id))


@import_api.route("/imports/<uuid:import_id>/sheet", methods=["PUT"])
@requires("residents.import")
@import_api.arguments(SheetSchema)
@import_api.response(202, ImportSchema)
@import_api.problems("CONFLICT")
def choose_sheet(values: dict[str, Any], import_id: uuid.UUID) -> dict[str, Any]:
    """Read another sheet of the file."""
    services.choose_sheet(import_id, values["sheet"], _asker())
    return _shown(_found(import_id))


@import_api.route("/imports/<uuid:import_id>/lines")
@requires("residents.import")
@import_api.arguments(LinesQuery, location="query")
@import_api.response(200, LinesSchema)
def lines(query: dict[str, Any], import_id: uuid.UUID) -> dict[str, Any]:
    """The preview: what would be new, changed, unchanged, rejected. Numbers are masked."""
    run = _found(import_id).run
    found, count = queries.page_of_lines(
        run, query["kind"], query["page"], query["only_warned"], may_health=may("residents.view_health")
    )
    return {"lines": found, "count": count}


@import_api.route("/imports/<uuid:import_id>/accepted", methods=["PUT"])
@requires("residents.import")
@import_api.arguments(AcceptSchema)
@import_api.response(202, ImportSchema)
@import_api.problems("CONFLICT")
def accept(values: dict[str, Any], import_id: uuid.UUID) -> dict[str, Any]:
    """Say of rows in doubt which ones mean the person of the register, and have all rows checked anew."""
    services.accept_rows(
        import_id, values["rows"], values["accepted"], expected=values["row_version"], asker=_asker()
    )
    return _shown(_found(import_id))


@import_api.route("/imports/<uuid:import_id>/rejected.xlsx")
@requires("residents.import")
@import_api.response(200, BINARY, content_type=XLSX)
def rejected(import_id: uuid.UUID) -> Any:
    """The rejected rows as they were sent, each with its reason, to be corrected and sent again."""
    made = queries.rejected_rows(_found(import_id).run, may_health=may("residents.view_health"))
    if made is None:
        raise Missing("rejected")
    with made as file:
        return sent_file(file.read(), XLSX, "ditolak.xlsx")


@import_api.route("/imports/<uuid:import_id>/apply", methods=["POST"])
@requires("residents.import")
@import_api.arguments(ApplySchema)
@import_api.response(202, ImportSchema)
@import_api.problems("CONFLICT")
def apply(values: dict[str, Any], import_id: uuid.UUID) -> dict[str, Any]:
    """Apply what the preview shows, in one transaction behind the answer."""
    services.apply_import(
        import_id,
        happened_on=values["happened_on"],
        make_areas=values["make_areas"],
        note=values["accepted_note"],
        expected=values["row_version"],
        asker=_asker(),
    )
    return _shown(_found(import_id))


@import_api.route("/imports/<uuid:import_id>/undo", methods=["POST"])
@requires("residents.import")
@import_api.response(202, ImportSchema)
@import_api.problems("CONFLICT")
def undo(import_id: uuid.UUID) -> dict[str, Any]:
    """Take back all that an import did, while nothing newer stands in the way. Needs residents.undo, too."""
    if not may("residents.undo"):
        abort(403)
    services.undo_import(import_id, _asker())
    return _shown(_found(import_id))


@import_api.route("/imports/<uuid:import_id>/cancel", methods=["POST"])
@requires("residents.import")
@import_api.response(200, ImportSchema)
@import_api.problems("CONFLICT")
def cancel(import_id: uuid.UUID) -> dict[str, Any]:
    """Give up an import that was not applied; its file is deleted."""
    services.cancel_import(import_id)
    return _shown(_found(import_id))


@import_api.route("/imports/<uuid:import_id>/retry", methods=["POST"])
@requires("residents.import")
@import_api.response(202, ImportSchema)
@import_api.problems("CONFLICT")
def retry(import_id: uuid.UUID) -> dict[str, Any]:
    """Ask once more for work that gave up."""
    services.ask_again(import_id)
    return _shown(_found(import_id))


def _found(import_id: uuid.UUID) -> queries.ShownImport:
    found = queries.find_import(import_id)
    if found is None:
        raise Missing("import")
    return found


def _shown(found: queries.ShownImport) -> dict[str, Any]:
    names = (
        "id", "file_name", "state", "counts", "error", "row_version", "asked_by", "created_at", "applied_at",
        "undone_at",
    )  # fmt: skip
    shown = {name: getattr(found.run, name) for name in names}
    return shown | {"is_working": found.is_working, "is_stuck": found.is_stuck}


def _asker() -> Asker:
    actor = current_actor()
    assert actor is not None
    return Asker(actor.account_id, actor.name, actor.may("residents.view_health"))


def _not_now(error: NotNow) -> Response:
    return problem(409, "Conflict", str(error))


def _refused(error: SpreadsheetRefused) -> Response:
    sentence = str(error) or _("Berkas ini tidak dapat dibaca.")
    return problem(422, "Unprocessable Content", sentence, errors={"files": {"file": [sentence]}})


handle_refusals(import_api)
import_api.register_error_handler(NotNow, _not_now)
import_api.register_error_handler(SpreadsheetRefused, _refused)
