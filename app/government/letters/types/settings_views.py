"""The settings of letters: numbering, promise, signing, paper."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.blueprints import AudienceBlueprint
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.ui.formats import ZONE
from app.core.village.errors import ChangedMeanwhile, Invalid
from app.government.letters.options import PAPERS, PLACEHOLDERS, letter_options
from app.government.letters.types import settings
from app.government.letters.types.registry import letter_types

blueprint = AudienceBlueprint(
    "letter_settings",
    __name__,
    audience="village",
    url_prefix="/surat/pengaturan",
    template_folder="templates",
)
SIGNING_CHOICES = (
    ("wet", _l("Tanda tangan basah"), _l("Surat dicetak lalu ditandatangani dengan tinta.")),
    (
        "local",
        _l("Tanda tangan elektronik dengan sertifikat sendiri"),
        _l("Memakai kunci yang dipasang di sini."),
    ),
    (
        "bsre",
        _l("Tanda tangan elektronik tersertifikasi (BSrE)"),
        _l("Memakai layanan BSrE; perlu sambungan internet."),
    ),
)
SCOPE_CHOICES = (
    ("village", _l("Satu urutan untuk semua surat"), _l("Seperti satu buku agenda surat keluar.")),
    ("type", _l("Urutan sendiri untuk setiap jenis surat"), _l("Setiap jenis surat mulai dari nomor 1.")),
)
PAPER_WORDS = {"F4": _l("F4 (folio), 215 × 330 mm"), "A4": _l("A4, 210 × 297 mm")}
LABELS = {
    "number_pattern": _l("Pola nomor"),
    "number_scope": _l("Urutan nomor"),
    "first": _l("Nomor pertama tahun ini"),
    "promise_days": _l("Janji layanan"),
    "signing": _l("Tanda tangan"),
    "paper": _l("Ukuran kertas"),
    "service_note": _l("Keterangan layanan"),
}


@blueprint.get("")
@requires("letters.settings")
def edit() -> ResponseReturnValue:
    """The form with what is chosen."""
    return _page()


@blueprint.post("")
@requires("letters.settings")
def save() -> ResponseReturnValue:
    """Check and store."""
    checked = check(settings.OptionsSchema(), request.form)
    firsts, wrong_firsts = settings.numbers_of(request.form, "first", settings.LARGEST_FIRST)
    promises, wrong_promises = settings.numbers_of(request.form, "promise", settings.LONGEST_PROMISE)
    for name, sentence in {**wrong_firsts, **wrong_promises}.items():
        checked = checked.with_error(name, sentence)
    if not checked.is_valid:
        return _page(checked)
    if checked.values["first"]:
        firsts[""] = checked.values["first"]
    try:
        settings.choose(
            checked.values, firsts, promises, year=_today().year, stamp=request.form.get("stamp", "")
        )
    except Invalid as wrong:
        return _page(checked.with_error(wrong.field, wrong))
    except ChangedMeanwhile:
        sentence = _("Orang lain baru saja menyimpan pengaturan ini. Periksa isian Anda, lalu simpan lagi.")
        return _page(checked.with_error("_schema", sentence), status=409)
    flash(str(_("Pengaturan surat tersimpan.")), "success")
    return redirect(url_for("letter_settings.edit"), 303)


@blueprint.post("/contoh")
@requires("letters.settings")
def example() -> ResponseReturnValue:
    """What a number of the pattern in the form looks like: a piece of the page."""
    return render_template(
        "letters/types/_example.html",
        example=_example(request.form.get("number_pattern", "")[:200], request.form.get("number_scope", "")),
    )


def _page(checked: Checked | None = None, status: int | None = None) -> Response:
    options, today = letter_options(), _today()
    stored = settings.stored_form(options)
    values: dict[str, Any] = {**stored, "first": options.first_by_scope.get(f"/{today.year}", "")}
    firsts = {code: options.first_by_scope.get(f"{code}/{today.year}", "") for code in _codes()}
    promises: dict[str, Any] = dict(options.promise_by_type)
    if checked:
        values |= checked.typed
        firsts = {code: request.form.get(f"first.{code}", "") for code in firsts}
        promises = {code: request.form.get(f"promise.{code}", "") for code in firsts}
    page = render_template(
        "letters/types/settings.html",
        values=values,
        errors=checked.errors if checked else {},
        labels=LABELS,
        stamp=settings.stamp_of(options),
        example=_example(values["number_pattern"], values["number_scope"]),
        placeholders=PLACEHOLDERS,
        scopes=SCOPE_CHOICES,
        signings=SIGNING_CHOICES,
        papers=[(paper, str(PAPER_WORDS[paper])) for paper in PAPERS],
        kinds=letter_types(active=False),
        firsts=firsts,
        promises=promises,
        drawn=settings.drawn_numbers(today.year),
        year=today.year,
    )
    return make_response(page, status or (422 if checked else 200))


def _codes() -> list[str]:
    return [kind.code for kind in letter_types(active=False)]


def _example(pattern: str, scope: str) -> tuple[str, str]:
    """An example, or a sentence why there is none."""
    try:
        return settings.example_number(pattern, _today(), scope=scope), ""
    except Invalid as wrong:
        return "", str(wrong)


def _today() -> dt.date:
    return dt.datetime.now(ZONE).date()
