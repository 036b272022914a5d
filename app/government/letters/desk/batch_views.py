"""One letter for many residents: choosing whom, the fields that all share, and what became of it."""

from __future__ import annotations

import re
import uuid
from typing import Any, Literal

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.files.storage import StorageAway
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.government.letters.access import opens_letters
from app.government.letters.desk import batch, bundle, forms
from app.government.letters.desk.errors import WrongValues
from app.government.letters.types import LetterKind, from_form, letter_type, letter_types
from app.government.residents import codes
from app.government.residents.browse.areas import area_book
from app.government.residents.browse.filters import ResidentFilter

blueprint = AudienceBlueprint(
    "letters_batch", __name__, audience="village", url_prefix="/surat/massal", template_folder="templates"
)


@blueprint.get("")
@requires("letters.process")
def new() -> ResponseReturnValue:
    """Which letter, and for whom."""
    return _choose()


@blueprint.post("/pilih")
@requires("letters.process")
def choose() -> ResponseReturnValue:
    """Whom the filter or the list of NIKs means, and the fields that all letters share."""
    kind = _kind()
    if kind is None:
        return _choose({"jenis": str(_("Pilih jenis suratnya."))}, 422)
    people, unknown, problem = _chosen()
    if problem or not people:
        field = "niks" if request.form.get("niks", "").strip() else "sub_area_id"
        return _choose({field: problem or str(_("Tidak ada penduduk yang cocok."))}, 422)
    if len(people) > batch.MOST:
        sentence = _("Paling banyak %(most)s surat sekaligus. Saring lebih sempit.", most=batch.MOST)
        return _choose({"sub_area_id": str(sentence)}, 422)
    return _form(kind, people, unknown=unknown)


@blueprint.post("")
@requires("letters.process")
def start() -> ResponseReturnValue:
    """Check, write the letters down and start the work."""
    kind = _kind()
    if kind is None:
        abort(404)
    ids = [uuid.UUID(text) for text in request.form.getlist("penduduk") if _is_id(text)]
    key = forms.form_key(request.form)
    if key is None:
        abort(404)
    try:
        run_id = batch.start_batch(kind.code, ids, from_form(kind.fields, request.form), key)
    except Missing:
        abort(404)
    except WrongValues as wrong:
        return _form(kind, _again(ids), errors=wrong.errors, status=422)
    except Invalid as wrong:
        return _form(kind, _again(ids), errors={"": [str(wrong)]}, status=422)
    return redirect(url_for("letters_batch.show", run_id=run_id), 303)


@blueprint.get("/<uuid:run_id>")
@requires("letters.view")
def show(run_id: uuid.UUID) -> ResponseReturnValue:
    """How far it is, and what became of each letter."""
    try:
        found = batch.batch_view(run_id)
    except Missing:
        abort(404)
    template = "_batch_work.html" if request.headers.get("HX-Request") else "batch.html"
    return render_template(f"letters/desk/{template}", found=found, run=found.run)


@blueprint.post("/<uuid:run_id>/lanjut")
@requires("letters.process")
def go_on(run_id: uuid.UUID) -> ResponseReturnValue:
    """Ask again for the work that failed; it goes on where it stopped."""
    try:
        batch.ask_again(run_id)
    except Missing:
        abort(404)
    return redirect(url_for("letters_batch.show", run_id=run_id), 303)


@blueprint.get("/<uuid:run_id>/berkas")
@requires("letters.view")
@opens_letters
def download(run_id: uuid.UUID) -> ResponseReturnValue:
    """All files of a batch: `bentuk=zip` one by one, else one PDF for printing."""
    form: Literal["pdf", "zip"] = "zip" if request.args.get("bentuk") == "zip" else "pdf"
    try:
        made = bundle.bundle_of(run_id, form)
    except Missing:
        abort(404)
    except StorageAway:
        flash(forms.storage_sentence(), "error")
        return redirect(url_for("letters_batch.show", run_id=run_id), 303)
    answer = make_response(made.data)
    answer.content_type = made.media_type
    answer.headers.set("Content-Disposition", "attachment", filename=made.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _kind() -> LetterKind | None:
    try:
        kind = letter_type(request.form.get("jenis", ""))
    except Missing:
        return None
    return kind if kind.about != "none" else None


def _chosen() -> tuple[list[batch.Chosen], int, str]:
    """Who was chosen, how many NIKs nobody has, and what is wrong."""
    text = request.form.get("niks", "").strip()
    if not text:
        chosen = ResidentFilter.from_args(request.form, may_health=False)
        return batch.residents_by_filter(chosen), 0, ""
    lines = [line for line in re.split(r"[\n,;]+", text) if line.strip()]
    niks = [forms.nik_digits(line) for line in lines]
    if None in niks:
        bad = niks.index(None) + 1
        return [], 0, str(_("Baris ke-%(line)s bukan NIK: tulis 16 angka, satu NIK sebaris.", line=bad))
    people, unknown = batch.residents_by_niks([nik for nik in niks if nik])
    return people, unknown, ""


def _again(ids: list[uuid.UUID]) -> list[batch.Chosen]:
    return batch.residents_by_ids(ids)


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _choose(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    kinds = [kind for kind in letter_types() if kind.about != "none"]
    values: Any = request.form if request.method == "POST" else request.args
    page = render_template(
        "letters/desk/batch_choose.html",
        errors=errors or {},
        values=values,
        kinds=[("", str(_("Pilih jenis surat"))), *((kind.code, kind.label) for kind in kinds)],
        areas=[("", str(_("Semua wilayah"))), *area_book().options],
        sexes=[("", str(_("Laki-laki dan perempuan"))), *codes.LISTS["sex"].items()],
        relations=[("", str(_("Semua anggota keluarga"))), *codes.LISTS["relation"].items()],
        marital=[("", str(_("Semua status"))), *codes.LISTS["marital_status"].items()],
    )
    return make_response(page, status)


def _form(
    kind: LetterKind,
    people: list[batch.Chosen],
    *,
    unknown: int = 0,
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
) -> Response:
    typed = from_form(kind.fields, request.form)
    page = render_template(
        "letters/desk/batch_form.html",
        kind=kind,
        chosen=people,
        unknown=unknown,
        errors=errors or {},
        labels=forms.labels_of(kind),
        values=forms.flat_values(kind, typed),
        key=request.form.get("kunci") or forms.new_key(),
    )
    return make_response(page, status)
