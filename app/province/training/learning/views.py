"""The question bank on the province's host; further pages of this part hang on the same blueprint."""

from __future__ import annotations

import uuid
from typing import IO, Any

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
from app.core.files.names import disposition
from app.core.forms import check
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.ui.formats import file_day
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.announcements.words import file_word
from app.province.regions import frame_name
from app.province.training.events import words
from app.province.training.events.services import office
from app.province.training.learning import exams, questions
from app.province.training.learning.models import TrainingQuestion
from app.province.training.learning.questions import QuestionFilter
from app.province.training.learning.schemas import (
    LABELS,
    LETTERS,
    QuestionForm,
    form_of_question,
    question_of_form,
)

PDF = "application/pdf"

pages = AudienceBlueprint("training_learning", __name__, audience="province", url_prefix="/pelatihan")


@pages.context_processor
def page_words() -> dict[str, Any]:
    """What the pages of this part call."""
    return {
        "labels": LABELS,
        "letters": LETTERS,
        "pillar_word": words.pillar_word,
        "kind_word": words.kind_word,
        "event_days": words.days,
        "frame_name": frame_name,
        "file_word": file_word,
        "state_of": exams.state_of,
    }


def version() -> int | None:
    """The version that a form was drawn with; one that can't be the present one where it is missing."""
    sent = request.form.get("row_version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


def cursor(name: str = "sesudah") -> uuid.UUID | None:
    """A cursor of the query string; None where there is none that could be one."""
    return uuid_of(request.args.get(name, ""))


def uuid_of(text: str) -> uuid.UUID | None:
    """An id as a form or an address holds it; None for anything else."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def searched() -> str:
    """The word of the query string that a list is narrowed to."""
    return " ".join(request.args.get("q", "").replace("\x00", "").split())[:80]


def spreadsheet(file: IO[bytes], name: str) -> Response:
    """A workbook as a download; `name` is followed by the day."""
    download = f"{name}-{file_day()}.xlsx"
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=download, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


def pdf_answer(data: bytes, name: str) -> Response:
    """A PDF to look at or to keep."""
    response = make_response(data)
    response.content_type = PDF
    response.headers["Content-Disposition"] = disposition("inline", name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@pages.get("/soal")
@requires("training.view")
def bank() -> str:
    """The questions that the office may use, newest first."""
    wanted = QuestionFilter.from_args(request.args)
    rows, following = questions.bank(office(), wanted, after=cursor())
    kept: dict[str, Any] = wanted.as_args()
    return render_template(
        "training_learning/bank.html",
        rows=rows,
        wanted=wanted,
        counts=questions.by_pillar(office()),
        own=office(),
        pillars=[("", _("Semua pilar")), *words.PILLARS.items()],
        is_first=cursor() is None,
        first_url=url_for(".bank", **kept),
        next_url=url_for(".bank", **kept, sesudah=following) if following else None,
        export_url=url_for(".bank_export", **kept),
    )


@pages.get("/soal/unduh")
@requires("indicators.export")
def bank_export() -> ResponseReturnValue:
    """The same list as a spreadsheet."""
    return spreadsheet(questions.export(office(), QuestionFilter.from_args(request.args)), "bank-soal")


@pages.get("/soal/baru")
@requires("training.manage")
def new_question() -> ResponseReturnValue:
    """An empty form."""
    return _form(None, {"pillar": request.args.get("pilar", "")}, {})


@pages.post("/soal/baru")
@requires("training.manage")
def add_question() -> ResponseReturnValue:
    """Check and keep a question."""
    checked = check(QuestionForm(), request.form)
    if not checked.is_valid:
        return _form(None, checked.typed, checked.errors, 422)
    try:
        questions.write(question_of_form(checked.values), office=office())
    except Invalid as wrong:
        return _form(None, checked.typed, {wrong.field: [str(wrong)]}, 422)
    flash(_("Soal tersimpan."), "success")
    return redirect(url_for(".bank"), 303)


@pages.get("/soal/<uuid:question_id>")
@requires("training.view")
def question(question_id: uuid.UUID) -> ResponseReturnValue:
    """A question: to change for its own office, to read for others."""
    row = _found(question_id)
    kept = form_of_question(row.pillar, row.topic, row.words, row.choices, row.right, row.explanation)
    return _form(row, kept, {})


@pages.post("/soal/<uuid:question_id>")
@requires("training.manage")
def change_question(question_id: uuid.UUID) -> ResponseReturnValue:
    """Check and keep a changed question, unless somebody else saved first."""
    row = _found(question_id)
    checked = check(QuestionForm(), request.form)
    if not checked.is_valid:
        return _form(row, checked.typed, checked.errors, 422)
    try:
        questions.change(question_id, question_of_form(checked.values), office=office(), seen=version())
    except Invalid as wrong:
        return _form(_found(question_id), checked.typed, {wrong.field: [str(wrong)]}, 422)
    except ChangedMeanwhile:
        return _form(_found(question_id), checked.typed, {}, 409, was_faster=True)
    except Missing:
        abort(404)
    flash(_("Soal tersimpan. Tes yang sudah memakainya tetap seperti semula."), "success")
    return redirect(url_for(".bank"), 303)


@pages.post("/soal/<uuid:question_id>/pakai")
@requires("training.manage")
def set_question_active(question_id: uuid.UUID) -> ResponseReturnValue:
    """Take a question out of use, or back into it."""
    try:
        questions.set_active(question_id, office=office(), is_active=request.form.get("aktif") == "1")
    except Missing:
        abort(404)
    flash(_("Tersimpan."), "success")
    return redirect(url_for(".bank"), 303)


def _found(question_id: uuid.UUID) -> TrainingQuestion:
    try:
        return questions.find(question_id, office())
    except Missing:
        abort(404)


def _form(
    row: TrainingQuestion | None,
    typed: dict[str, Any],
    errors: dict[str, list[str]],
    status: int = 200,
    *,
    was_faster: bool = False,
) -> Response:
    html = render_template(
        "training_learning/question.html",
        row=row,
        typed=typed,
        errors=errors,
        was_faster=was_faster,
        is_own=row is None or row.region_code == office(),
        pillars=[("", _("Pilih pilar")), *words.PILLARS.items()],
    )
    return make_response(html, status)
