"""The classification of archives: list, search, one code, import of a list, export."""

from __future__ import annotations

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

from app.core.blueprints import AudienceBlueprint
from app.core.forms import Checked, FormSchema, Line, Tick, check
from app.core.permissions import requires
from app.core.spreadsheets import SpreadsheetRefused
from app.core.spreadsheets.reading import MAX_UPLOAD_BYTES
from app.core.tables import XLSX, Column, write_workbook
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.government.letters.types import classification, classification_list
from tenants.scope import current_tenant

blueprint = AudienceBlueprint(
    "letter_classification",
    __name__,
    audience="village",
    url_prefix="/surat/klasifikasi",
    template_folder="templates",
)
ROWS_OF_PAGE = 100
SHOWN = 200
"""Lines of each part that a preview shows."""


class CodeSchema(FormSchema):
    """A code of the classification."""

    code = Line(longest=classification.LONGEST_CODE, required=True)
    title = Line(longest=classification.LONGEST_TITLE, required=True)


class TitleSchema(FormSchema):
    """What may be changed of a code."""

    title = Line(longest=classification.LONGEST_TITLE, required=True)
    is_active = Tick()


@blueprint.get("")
@requires("letters.types")
def index() -> ResponseReturnValue:
    """All codes by pages; `q` searches code and title."""
    text = request.args.get("q", "")[:100]
    found = classification.found_codes(text)
    asked = request.args.get("page", "1")
    pages = max(1, -(-len(found) // ROWS_OF_PAGE))
    number = min(max(int(asked), 1), pages) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    return render_template(
        "letters/types/classification.html",
        codes=found[(number - 1) * ROWS_OF_PAGE : number * ROWS_OF_PAGE],
        text=text,
        total=len(found),
        page_number=number,
        pages=pages,
    )


@blueprint.get("/unduh")
@requires("letters.types")
def export() -> ResponseReturnValue:
    """All codes as a spreadsheet."""
    columns = (
        Column(str(_("Kode")), width=14),
        Column(str(_("Judul")), width=60),
        Column(str(_("Dipakai")), width=10),
    )
    rows = (
        (one.code, one.title, str(_("ya")) if one.is_active else str(_("tidak")))
        for one in classification.classifications(active=False)
    )
    file = write_workbook(str(_("Klasifikasi")), columns, rows)
    name = f"klasifikasi-{current_tenant().slug}.xlsx"
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name=name)


@blueprint.get("/tambah")
@requires("letters.types")
def new() -> ResponseReturnValue:
    """A form for one code."""
    return _form("letters/types/classification_add.html")


@blueprint.post("/tambah")
@requires("letters.types")
def add() -> ResponseReturnValue:
    """Add one code."""
    checked = check(CodeSchema(), request.form)
    if not checked.is_valid:
        return _form("letters/types/classification_add.html", checked)
    try:
        classification.add_code(checked.values["code"], checked.values["title"])
    except Invalid as wrong:
        return _form("letters/types/classification_add.html", checked.with_error(wrong.field, wrong))
    flash(str(_("Kode %(code)s ditambahkan.", code=checked.values["code"])), "success")
    return redirect(url_for("letter_classification.index", q=checked.values["code"]), 303)


@blueprint.get("/impor")
@requires("letters.types")
def import_form() -> ResponseReturnValue:
    """Ask for a file."""
    return render_template("letters/types/classification_import.html", error="")


@blueprint.post("/impor")
@requires("letters.types")
def import_preview() -> ResponseReturnValue:
    """Show what a file would add and change."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _refused(_("Pilih berkas dahulu."))
    try:
        found = classification_list.read_list(sent.stream.read(MAX_UPLOAD_BYTES + 1), sent.filename)
    except SpreadsheetRefused as refused:
        return _refused(refused)
    known = {one.code: one for one in classification.classifications(active=False)}
    return render_template(
        "letters/types/classification_preview.html",
        parts=classification.sorts(found.lines, known),
        refused=found.refused,
        packed=classification_list.pack(found.lines),
        shown=SHOWN,
    )


@blueprint.post("/impor/ambil")
@requires("letters.types")
def import_take() -> ResponseReturnValue:
    """Take what the preview showed."""
    try:
        new_codes, changed = classification.take_list(
            classification_list.unpack(request.form.get("lines", ""))
        )
    except Invalid as wrong:
        return _refused(wrong)
    flash(str(_("%(new)s kode ditambahkan, %(changed)s diubah.", new=new_codes, changed=changed)), "success")
    return redirect(url_for("letter_classification.index"), 303)


@blueprint.get("/<string(maxlength=60):code>")
@requires("letters.types")
def edit(code: str) -> ResponseReturnValue:
    """One code's form."""
    return _edit(code)


@blueprint.post("/<string(maxlength=60):code>")
@requires("letters.types")
def save(code: str) -> ResponseReturnValue:
    """Change a code's title, or take it out of use."""
    checked = check(TitleSchema(), request.form)
    if not checked.is_valid:
        return _edit(code, checked)
    version = request.form.get("row_version", "")
    seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1
    try:
        classification.change_code(code, checked.values["title"], checked.values["is_active"], seen=seen)
    except Missing:
        abort(404)
    except ChangedMeanwhile as other:
        sentence = _(
            "Orang lain baru saja menyimpan “%(title)s”. Periksa, lalu simpan lagi.",
            title=other.present["title"],
        )
        return _edit(code, checked.with_error("title", sentence), status=409)
    flash(str(_("Perubahan tersimpan.")), "success")
    return redirect(url_for("letter_classification.index", q=code), 303)


def _form(template: str, checked: Checked | None = None) -> Response:
    values = checked.typed if checked else {"code": "", "title": ""}
    page = render_template(template, values=values, errors=checked.errors if checked else {})
    return make_response(page, 422 if checked else 200)


def _edit(code: str, checked: Checked | None = None, status: int | None = None) -> Response:
    try:
        found = classification.classification(code)
    except Missing:
        abort(404)
    values: dict[str, Any] = {"title": found.title, "is_active": found.is_active}
    if checked:
        values = {"title": checked.typed["title"], "is_active": "is_active" in request.form}
    page = render_template(
        "letters/types/classification_edit.html",
        found=found,
        values=values,
        errors=checked.errors if checked else {},
    )
    return make_response(page, status or (422 if checked else 200))


def _refused(sentence: object) -> Response:
    page = render_template("letters/types/classification_import.html", error=str(sentence))
    return make_response(page, 422)
