"""The pages of imports: the list, one import in whatever state it is, its files."""

from __future__ import annotations

import uuid
from typing import Any

from flask import (
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.files.storage import StorageAway
from app.core.forms import Day
from app.core.permissions import requires
from app.core.spreadsheets import SpreadsheetRefused
from app.core.spreadsheets.reading import MAX_UPLOAD_BYTES
from app.core.tables import XLSX
from app.core.village.errors import Invalid, Missing
from app.government.residents.browse.areas import area_book
from app.government.residents.imports import presenting, queries, services
from app.government.residents.imports.mapping import health_columns, settled
from app.government.residents.imports.services import Asker, NotNow
from app.government.residents.imports.template import template_workbook

blueprint = AudienceBlueprint("imports", __name__, audience="village", url_prefix="/penduduk/impor")
TABS = ("doubt", "new", "changed", "same", "rejected")


@blueprint.before_request
def _needs_identity() -> None:
    """Whoever imports sees numbers in clear in their own file, so they must be allowed to."""
    if current_user.is_authenticated and not current_user.may("residents.view_identity"):
        abort(403)


@blueprint.get("")
@requires("residents.import")
def index() -> ResponseReturnValue:
    """The imports so far, and the form that sends a new file."""
    return _index()


@blueprint.post("")
@requires("residents.import")
def send() -> ResponseReturnValue:
    """Take a file and have it read."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _index(_("Pilih berkasnya dahulu."), 422)
    try:
        import_id = services.start_import(sent.stream.read(MAX_UPLOAD_BYTES + 1), sent.filename, _asker())
    except SpreadsheetRefused as refused:
        return _index(str(refused), 422)
    except StorageAway:
        return _index(
            _("Penyimpanan berkas sedang tidak dapat dihubungi. Berkas belum disimpan; coba lagi nanti."), 503
        )
    return redirect(url_for("imports.show", import_id=import_id), 303)


@blueprint.get("/contoh")
@requires("residents.import")
def template() -> ResponseReturnValue:
    """An empty workbook with all columns and what may stand in them."""
    return _workbook(template_workbook(), _("contoh-impor-penduduk"))


@blueprint.get("/<uuid:import_id>")
@requires("residents.import")
def show(import_id: uuid.UUID) -> ResponseReturnValue:
    """One import: choosing columns, the preview, progress or the result."""
    return _page(import_id)


@blueprint.get("/<uuid:import_id>/kemajuan")
@requires("residents.import")
def progress(import_id: uuid.UUID) -> ResponseReturnValue:
    """How far the work is, asked again by the page until it is over; then the page is loaded anew."""
    shown = _found(import_id)
    response = make_response(render_template("residents/imports/_work.html", shown=shown))
    response.headers["Cache-Control"] = "no-store"
    if not shown.is_working:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.get("/<uuid:import_id>/kolom")
@requires("residents.import")
def columns(import_id: uuid.UUID) -> ResponseReturnValue:
    """Choose once more what the columns are, before anything is applied."""
    shown = _found(import_id)
    if shown.run.state not in ("mapping", "ready"):
        return redirect(url_for("imports.show", import_id=import_id), 303)
    return _mapping_page(shown)


@blueprint.post("/<uuid:import_id>/kolom")
@requires("residents.import")
def choose_columns(import_id: uuid.UUID) -> ResponseReturnValue:
    """Take the choice and have the rows checked."""
    prefix = "column-"
    chosen = {
        name.removeprefix(prefix): value for name, value in request.form.items() if name.startswith(prefix)
    }
    try:
        services.choose_columns(import_id, chosen, _asker())
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _mapping_page(_found(import_id), chosen, str(wrong), 422)
    except NotNow as other:
        flash(str(other), "warning")
    return redirect(url_for("imports.show", import_id=import_id), 303)


@blueprint.post("/<uuid:import_id>/lembar")
@requires("residents.import")
def choose_sheet(import_id: uuid.UUID) -> ResponseReturnValue:
    """Read another sheet of the same file."""
    return _deed(
        import_id, lambda: services.choose_sheet(import_id, request.form.get("sheet", "")[:100], _asker())
    )


@blueprint.post("/<uuid:import_id>/orang-sama")
@requires("residents.import")
def accept(import_id: uuid.UUID) -> ResponseReturnValue:
    """Take which rows of the page mean the person of the register although they look like somebody else's."""
    shown = _numbers(request.form.getlist("shown"))
    ticked = shown if "all" in request.form else _numbers(request.form.getlist("same"))
    return _deed(
        import_id,
        lambda: services.accept_rows(import_id, shown, ticked, expected=_version(), asker=_asker()),
    )


@blueprint.post("/<uuid:import_id>/terapkan")
@requires("residents.import")
def apply(import_id: uuid.UUID) -> ResponseReturnValue:
    """Apply what the preview shows."""
    try:
        services.apply_import(
            import_id,
            happened_on=_day(request.form.get("happened_on", "")),
            make_areas=request.form.get("make_areas") == "1",
            note=request.form.get("note", ""),
            expected=_version(),
            asker=_asker(),
        )
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _page(import_id, {wrong.field: str(wrong)}, 422)
    except NotNow as other:
        flash(str(other), "warning")
    return redirect(url_for("imports.show", import_id=import_id), 303)


@blueprint.get("/<uuid:import_id>/batalkan")
@requires("residents.import")
def confirm_undo(import_id: uuid.UUID) -> ResponseReturnValue:
    """Ask before everything is taken back."""
    _need_undo()
    return render_template("residents/imports/undo.html", run=_found(import_id).run)


@blueprint.post("/<uuid:import_id>/batalkan")
@requires("residents.import")
def undo(import_id: uuid.UUID) -> ResponseReturnValue:
    """Take back all that the import did."""
    _need_undo()
    return _deed(import_id, lambda: services.undo_import(import_id, _asker()))


@blueprint.post("/<uuid:import_id>/tinggalkan")
@requires("residents.import")
def cancel(import_id: uuid.UUID) -> ResponseReturnValue:
    """Give up an import that was not applied, and delete its file."""
    return _deed(import_id, lambda: services.cancel_import(import_id))


@blueprint.post("/<uuid:import_id>/ulangi")
@requires("residents.import")
def again(import_id: uuid.UUID) -> ResponseReturnValue:
    """Ask once more for work that gave up."""
    return _deed(import_id, lambda: services.ask_again(import_id))


@blueprint.get("/<uuid:import_id>/ditolak.xlsx")
@requires("residents.import")
def rejected(import_id: uuid.UUID) -> ResponseReturnValue:
    """The rejected rows as they were sent, each with its reason, to be corrected and sent again."""
    shown = _found(import_id)
    file = queries.rejected_rows(shown.run, may_health=current_user.may("residents.view_health"))
    if file is None:
        abort(404)
    return _workbook(file, _("ditolak-%(name)s", name=shown.run.file_name.rsplit(".", 1)[0][:60]))


def _need_undo() -> None:
    """Taking an import back takes back what happened to people, so it needs that permission, too."""
    if not current_user.may("residents.undo"):
        abort(403)


def _deed(import_id: uuid.UUID, deed: Any) -> ResponseReturnValue:
    try:
        deed()
    except Missing:
        abort(404)
    except NotNow as other:
        flash(str(other), "warning")
    return redirect(url_for("imports.show", import_id=import_id), 303)


def _index(error: str = "", status: int = 200) -> Response:
    page = render_template(
        "residents/imports/index.html", imports=queries.imports(), states=presenting.STATES, error=error
    )
    return make_response(page, status)


def _page(import_id: uuid.UUID, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    shown = _found(import_id)
    state = shown.run.state
    if state == "mapping":
        return _mapping_page(shown)
    if state not in ("ready", "applied", "undone"):
        page = render_template("residents/imports/state.html", shown=shown, states=presenting.STATES)
        return make_response(page, status)
    tab = request.args.get("lihat", "")
    counts = shown.run.counts
    tab = (
        tab
        if tab in TABS
        else next(
            (name for name in ("doubt", "new", "changed", "rejected", "same") if counts.get(name)), "new"
        )
    )
    number = request.args.get("hal", "1")
    page_number = max(1, int(number) if number.isdigit() and len(number) < 6 else 1)
    warned = request.args.get("peringatan") == "1"
    may_health = current_user.may("residents.view_health")
    lines, total = queries.page_of_lines(shown.run, tab, page_number, warned, may_health=may_health)
    missing = queries.part_of(import_id, "areas") if state == "ready" and counts.get("areas_new") else None
    page = render_template(
        "residents/imports/preview.html",
        shown=shown,
        states=presenting.STATES,
        tab=tab,
        lines=lines,
        total=total,
        page_number=page_number,
        pages=-(-total // queries.LINES),
        warned=warned,
        areas=area_book(),
        missing=presenting.area_words(missing) if missing else [],
        make_areas=request.form.get("make_areas") == "1"
        if errors
        else not (missing and presenting.has_areas()),
        hidden=services.is_hidden(shown.run, may_health),
        result=queries.part_of(import_id, "result") if state == "applied" else None,
        conflicts=presenting.CONFLICTS,
        link_to_page=lambda n: url_for(
            "imports.show", import_id=import_id, lihat=tab, hal=n, peringatan="1" if warned else None
        ),
        day_words=presenting.day_words,
        in_words=presenting.changes_in_words,
        field_words=presenting.field_words,
        day=request.form.get("happened_on") or presenting.balance_day(),
        errors=errors or {},
    )
    return make_response(page, status)


def _mapping_page(
    shown: queries.ShownImport, typed: dict[str, str] | None = None, error: str = "", status: int = 200
) -> Response:
    table = queries.part_of(shown.run.id, "table")
    if table is None:
        abort(404)
    chosen = settled(
        typed if typed is not None else shown.run.mapping.get("columns", {}), len(table["header"])
    )
    may_health = current_user.may("residents.view_health")
    known = settled(shown.run.mapping.get("columns", {}), len(table["header"]))
    hidden = frozenset() if may_health else health_columns(table["header"], known)
    page = render_template(
        "residents/imports/mapping.html",
        shown=shown,
        table_rows=table["rows"],
        sheets=[(name, name) for name, _hidden in table["sheets"]],
        sheet=table["sheet"],
        columns=presenting.mapped_columns(table, chosen, hidden),
        options=presenting.target_options(may_health),
        health=presenting.left_out_for_health(chosen, may_health),
        error=error,
    )
    return make_response(page, status)


def _found(import_id: uuid.UUID) -> queries.ShownImport:
    shown = queries.find_import(import_id)
    if shown is None:
        abort(404)
    return shown


def _asker() -> Asker:
    return Asker(current_user.account_id, current_user.name, current_user.may("residents.view_health"))


def _version() -> int:
    version = request.form.get("row_version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0


def _numbers(texts: list[str]) -> set[int]:
    return {
        int(text) for text in texts[: queries.LINES] if text.isascii() and text.isdigit() and len(text) < 10
    }


def _day(text: str) -> Any:
    from marshmallow import ValidationError

    try:
        return Day().deserialize(text) if text else None
    except ValidationError:
        return None


def _workbook(file: Any, name: str) -> Response:
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx", max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response
