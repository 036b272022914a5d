"""Letter types: the list, one type, and the editor."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.documents import DocumentFailed
from app.core.permissions import requires
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.government.letters.markup import MarkupWrong
from app.government.letters.types import presenting, services
from app.government.letters.types.editing import (
    Fault,
    body_from,
    definition_from,
    draft_kind,
    faults,
    moved,
    text_faults,
)
from app.government.letters.types.kinds import BrokenKind, LetterKind, definition_of
from app.government.letters.types.registry import Listed, draft_of, listed_type, listed_types
from app.government.letters.types.sampling import sample_picture

blueprint = AudienceBlueprint(
    "letter_types", __name__, audience="village", url_prefix="/surat/jenis", template_folder="templates"
)
LONGEST_TITLE = 120


@blueprint.get("")
@requires("letters.types")
def index() -> ResponseReturnValue:
    """All types under their headings; `q` searches."""
    text = request.args.get("q", "")[:100]
    listed = listed_types()
    counts = {
        "all": len(listed),
        "active": sum(one.kind.is_active for one in listed),
        "online": sum(one.kind.online and one.kind.is_active for one in listed),
    }
    return render_template(
        "letters/types/index.html",
        groups=presenting.grouped(listed, text),
        text=text,
        counts=counts,
        origin_tag=presenting.origin_tag,
    )


@blueprint.get("/baru")
@requires("letters.types")
def new() -> ResponseReturnValue:
    """Ask for the title of a type of the village's own."""
    return render_template("letters/types/new.html", title="", error="")


@blueprint.post("/baru")
@requires("letters.types")
def add() -> ResponseReturnValue:
    """Make it as a draft, and open the editor."""
    title = _title()
    if not title:
        return _asked_again("letters/types/new.html", title, _("Judul surat wajib diisi."))
    try:
        code = services.new_type(title)
    except Invalid as wrong:
        return _asked_again("letters/types/new.html", title, str(wrong))
    return redirect(url_for("letter_types.edit", code=code), 303)


@blueprint.get("/<string(maxlength=60):code>")
@requires("letters.types")
def show(code: str) -> ResponseReturnValue:
    """One type: what it asks, what is brought, its text, and what can be done with it."""
    return _type_page(_found(code))


@blueprint.get("/<string(maxlength=60):code>/contoh.png")
@requires("letters.types")
def sample(code: str) -> ResponseReturnValue:
    """The first page of a sample of the type as it is in use."""
    found = _found(code)
    if found.broken:
        abort(404)
    return _picture(found.kind)


@blueprint.post("/<string(maxlength=60):code>/saklar")
@requires("letters.types")
def switch(code: str) -> ResponseReturnValue:
    """Switch a type on or off, or offer it online or at the kiosk."""
    try:
        services.switch(code, request.form.get("name", ""), request.form.get("on") == "1")
    except Missing:
        abort(404)
    except Invalid as wrong:
        flash(str(wrong), "error")
        return redirect(url_for("letter_types.show", code=code), 303)
    flash(str(_("Pilihan tersimpan.")), "success")
    return redirect(url_for("letter_types.show", code=code), 303)


@blueprint.post("/<string(maxlength=60):code>/ubah-bawaan")
@requires("letters.types")
def change(code: str) -> ResponseReturnValue:
    """Begin the village's own version of a shipped type."""
    try:
        services.change_shipped(code)
    except Missing:
        abort(404)
    return redirect(url_for("letter_types.edit", code=code), 303)


@blueprint.post("/<string(maxlength=60):code>/salin")
@requires("letters.types")
def copy(code: str) -> ResponseReturnValue:
    """Make a new type from this one."""
    title = _title()
    if not title:
        return _type_page(_found(code), str(_("Beri judul untuk salinannya.")), 422)
    try:
        made = services.copy_type(code, title)
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _type_page(_found(code), str(wrong), 422)
    return redirect(url_for("letter_types.edit", code=made), 303)


@blueprint.get("/<string(maxlength=60):code>/ubah")
@requires("letters.types")
def edit(code: str) -> ResponseReturnValue:
    """The editor, with the draft or what is in use."""
    found = _editable(code)
    definition, body = _written(found)
    return _editor(found, definition, body, ())


@blueprint.post("/<string(maxlength=60):code>/ubah")
@requires("letters.types")
def save(code: str) -> ResponseReturnValue:
    """What a button of the editor asks: change its lists, save the draft, check, or activate."""
    found = _editable(code)
    deed = request.form.get("do", "save")
    definition, body = definition_from(request.form), body_from(request.form)
    if deed not in ("save", "activate", "check"):
        return _editor(found, moved(definition, deed), body, ())
    if deed == "check":
        return _editor(found, definition, body, faults(code, definition, body), checked=True)
    try:
        if deed == "save":
            services.save_draft(code, _seen(), definition, body)
            flash(str(_("Konsep tersimpan. Surat yang dipakai sekarang belum berubah.")), "success")
            return redirect(url_for("letter_types.edit", code=code), 303)
        services.activate(code, _seen(), definition, body)
    except services.NotReady as wrong:
        return _editor(found, definition, body, wrong.faults, status=422)
    except Missing:
        abort(404)
    except ChangedMeanwhile as other:
        return _editor(found, definition, body, (), conflict=other.present, status=409)
    flash(str(_("Jenis surat ini sekarang dipakai. Surat yang sudah terbit tidak berubah.")), "success")
    return redirect(url_for("letter_types.show", code=code), 303)


@blueprint.post("/<string(maxlength=60):code>/pratinjau")
@requires("letters.types")
def preview(code: str) -> ResponseReturnValue:
    """The first page of what is being written, as a picture; for the page's script, a piece of the page with it."""
    _editable(code)
    definition, body = definition_from(request.form), body_from(request.form)
    found: list[Fault] = []
    picture = b""
    try:
        kind = draft_kind(code, definition, body)
        found = text_faults(kind)
        picture = sample_picture(kind)
    except BrokenKind:
        found = faults(code, definition, body)
    except MarkupWrong as wrong:
        found = [Fault("body", str(wrong.sentence), wrong.line, wrong.column)]
    except DocumentFailed as failed:
        found = [Fault("body", str(failed))]
    if picture and not request.headers.get("HX-Request"):
        return Response(picture, mimetype="image/png", headers={"Cache-Control": "no-store"})
    page = render_template(
        "letters/types/_preview.html" if request.headers.get("HX-Request") else "letters/types/preview.html",
        picture=base64.b64encode(picture).decode(),
        faults=found,
        code=code,
    )
    return make_response(page, 200 if picture or request.headers.get("HX-Request") else 422)


@blueprint.post("/<string(maxlength=60):code>/buang")
@requires("letters.types")
def discard(code: str) -> ResponseReturnValue:
    """Throw the draft away."""
    return _done(code, lambda: services.discard(code, _seen()), _("Konsep dibuang."))


@blueprint.post("/<string(maxlength=60):code>/kembalikan")
@requires("letters.types")
def restore(code: str) -> ResponseReturnValue:
    """Use the shipped type again."""
    return _done(code, lambda: services.restore(code, _seen()), _("Jenis surat bawaan dipakai lagi."))


@blueprint.post("/<string(maxlength=60):code>/hapus")
@requires("letters.types")
def remove(code: str) -> ResponseReturnValue:
    """Remove a type that no letter was written of."""
    return _done(code, lambda: services.remove(code, _seen()), _("Jenis surat dihapus."))


def _done(code: str, deed: Any, sentence: str) -> ResponseReturnValue:
    try:
        stays = deed()
    except Missing:
        abort(404)
    except Invalid as wrong:
        flash(str(wrong), "error")
        return redirect(url_for("letter_types.show", code=code), 303)
    except ChangedMeanwhile:
        flash(str(_("Orang lain baru saja mengubah jenis surat ini. Periksa dahulu.")), "error")
        return redirect(url_for("letter_types.show", code=code), 303)
    flash(str(sentence), "success")
    return redirect(url_for("letter_types.show", code=code) if stays else url_for("letter_types.index"), 303)


def _found(code: str) -> Listed:
    try:
        return listed_type(code)
    except Missing:
        abort(404)


def _editable(code: str) -> Listed:
    """A type that has a row of the village to write into; 404 for a shipped one that nobody changes."""
    found = _found(code)
    if found.row is None or not isinstance(found.row.definition, dict):
        abort(404)
    if "live" not in found.row.definition and draft_of(found.row) is None:
        abort(404)
    return found


def _written(found: Listed) -> tuple[dict[str, Any], str]:
    draft = draft_of(found.row)
    if draft is not None:
        return {key: value for key, value in draft.items() if key != "body"}, str(draft.get("body", ""))
    if found.broken and found.row is not None:
        live = found.row.definition.get("live")
        return dict(live) if isinstance(live, dict) else definition_of(found.kind), found.row.body or ""
    return definition_of(found.kind), found.kind.body


def _type_page(found: Listed, error: str = "", status: int = 200) -> Response:
    page = render_template(
        "letters/types/show.html",
        found=found,
        kind=found.kind,
        row=found.row,
        details=presenting.settings_of(found.kind),
        changes=presenting.shipped_changes(found) if found.newer else [],
        origin=presenting.origin_tag(found),
        error=error,
    )
    return make_response(page, status)


def _editor(
    found: Listed,
    definition: Mapping[str, Any],
    body: str,
    wrong: Sequence[Fault],
    *,
    conflict: Mapping[str, Any] | None = None,
    checked: bool = False,
    status: int = 200,
) -> Response:
    page = render_template(
        "letters/types/edit.html",
        found=found,
        body=body,
        conflict=conflict,
        checked=checked,
        row_version=conflict["row_version"] if conflict else found.row.row_version if found.row else 0,
        **presenting.editor_words(definition, wrong),
    )
    return make_response(page, status)


def _asked_again(template: str, title: str, sentence: str) -> Response:
    return make_response(render_template(template, title=title, error=str(sentence)), 422)


def _picture(kind: LetterKind) -> Response:
    try:
        picture = sample_picture(kind)
    except (MarkupWrong, DocumentFailed):
        abort(404)
    return Response(picture, mimetype="image/png", headers={"Cache-Control": "private, max-age=60"})


def _title() -> str:
    text = "".join(sign for sign in request.form.get("title", "") if sign.isprintable())
    return " ".join(text.split())[:LONGEST_TITLE]


def _seen() -> int:
    version = request.form.get("row_version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1
