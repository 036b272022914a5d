"""The tab Belajar of an event: its tests, their papers, answers that are typed in, what they came to."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.documents import DocumentFailed
from app.core.forms import check
from app.core.permissions import requires
from app.core.ui.formats import ZONE
from app.core.village.errors import Invalid, Missing
from app.province.training.events import words
from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import Refused, office, own_event, seen_event
from app.province.training.learning import answers, exams, materials, paper, questions
from app.province.training.learning.exams import PACKAGES, PHASES, Phase
from app.province.training.learning.models import TrainingTest
from app.province.training.learning.questions import QuestionFilter
from app.province.training.learning.schemas import WindowForm
from app.province.training.learning.views import (
    cursor,
    pages,
    pdf_answer,
    searched,
    spreadsheet,
    uuid_of,
    version,
)

SHOWN_QUESTIONS = 200


@pages.get("/<uuid:event_id>/belajar")
@requires("training.view")
def learning(event_id: uuid.UUID) -> str:
    """The tests of an event with what they came to, and what else is learnt from."""
    event = seen_event(event_id)
    tests = exams.tests_of(event.id)
    counts = answers.results(tests)
    return render_template(
        "training_learning/learning.html",
        event=event,
        phases=PHASES,
        tests=tests,
        counts=counts,
        lines=answers.question_results(tests, counts),
        materials=materials.materials_of(event.id),
    )


@pages.get("/<uuid:event_id>/belajar/nilai/unduh")
@requires("training.manage")
def scores_export(event_id: uuid.UUID) -> ResponseReturnValue:
    """Every participant's scores as a spreadsheet."""
    event = own_event(event_id)
    return spreadsheet(answers.export_scores(event), "nilai-pelatihan")


@pages.get("/<uuid:event_id>/belajar/<any(pre, post):phase>")
@requires("training.manage")
def exam(event_id: uuid.UUID, phase: Phase) -> ResponseReturnValue:
    """A test: its questions with the right answers, and what can be done with it."""
    return _exam(own_event(event_id), phase)


@pages.get("/<uuid:event_id>/belajar/<any(pre, post):phase>/soal")
@requires("training.manage")
def choosing(event_id: uuid.UUID, phase: Phase) -> ResponseReturnValue:
    """Which questions a test holds, out of the bank."""
    return _choosing(own_event(event_id), phase, {})


@pages.post("/<uuid:event_id>/belajar/<any(pre, post):phase>/soal")
@requires("training.manage")
def choose(event_id: uuid.UUID, phase: Phase) -> ResponseReturnValue:
    """Keep the choice: picked questions, and so many of each pillar by chance."""
    event = own_event(event_id)
    picked = [key for text in request.form.getlist("questions") if (key := uuid_of(text)) is not None]
    try:
        drawn = {pillar: _count(request.form.get(f"drawn_{pillar}", "")) for pillar in words.PILLARS}
        exams.choose(
            event.id, phase, picked, office=office(), drawn=drawn,
            pass_mark=_count(request.form.get("pass_mark", ""), "pass_mark"), seen=version(),
        )  # fmt: skip
    except Invalid as wrong:
        return _choosing(own_event(event_id), phase, {wrong.field: [str(wrong)]}, 422)
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".exam", event_id=event_id, phase=phase), 303)


@pages.post("/<uuid:event_id>/belajar/<any(pre, post):phase>/salin")
@requires("training.manage")
def copy(event_id: uuid.UUID, phase: Phase) -> ResponseReturnValue:
    """Take over the questions of the other test."""
    own_event(event_id)
    try:
        exams.copy_questions(event_id, phase, office=office())
        flash(_("Soalnya sama dengan tes yang lain, jadi hasilnya dapat dibandingkan."), "success")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".exam", event_id=event_id, phase=phase), 303)


@pages.post("/<uuid:event_id>/belajar/<any(pre, post):phase>/buka")
@requires("training.manage")
def open_exam(event_id: uuid.UUID, phase: Phase) -> ResponseReturnValue:
    """Open a test now, or at the day and hour that were typed."""
    event = own_event(event_id)
    checked = check(WindowForm(), request.form)
    if not checked.is_valid:
        return _exam(event, phase, checked.errors, 422)
    day, clock = checked.values.get("day"), checked.values.get("clock")
    at = dt.datetime.combine(day, clock or dt.time(), ZONE) if day is not None else None
    try:
        test = exams.open_test(event.id, phase, office=office(), at=at)
        said = (
            _("Tes dibuka.")
            if exams.state_of(test) == "open"
            else _("Tes terjadwal; soalnya sekarang tetap.")
        )
        flash(said, "success")
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".exam", event_id=event_id, phase=phase), 303)


@pages.post("/<uuid:event_id>/belajar/<any(pre, post):phase>/tutup")
@requires("training.manage")
def close_exam(event_id: uuid.UUID, phase: Phase) -> ResponseReturnValue:
    """Close a test, or take back the hour at which it would open."""
    own_event(event_id)
    try:
        exams.close_test(event_id, phase, office=office())
        flash(_("Tersimpan."), "success")
    except Missing:
        abort(404)
    return redirect(url_for(".exam", event_id=event_id, phase=phase), 303)


@pages.get("/<uuid:event_id>/belajar/<any(pre, post):phase>/paket-<any(A, B, C, D):package>")
@requires("training.manage")
def question_paper(event_id: uuid.UUID, phase: Phase, package: str) -> ResponseReturnValue:
    """A printed order of the questions, as PDF."""
    event = own_event(event_id)
    try:
        data = paper.question_paper(event, _test(event, phase), package)
    except DocumentFailed as failed:
        return _failed(event_id, phase, failed)
    return pdf_answer(data, f"{phase}-test-paket-{package}.pdf")


@pages.get("/<uuid:event_id>/belajar/<any(pre, post):phase>/kunci")
@requires("training.manage")
def answer_key(event_id: uuid.UUID, phase: Phase) -> ResponseReturnValue:
    """The key of all printed orders, as PDF."""
    event = own_event(event_id)
    try:
        data = paper.answer_key(event, _test(event, phase))
    except DocumentFailed as failed:
        return _failed(event_id, phase, failed)
    return pdf_answer(data, f"kunci-{phase}-test.pdf")


@pages.get("/<uuid:event_id>/belajar/<any(pre, post):phase>/kertas")
@requires("training.manage")
def papers(event_id: uuid.UUID, phase: Phase) -> ResponseReturnValue:
    """Typing in papers: those who did not answer yet, or whoever is searched for."""
    return _papers(own_event(event_id), phase, {}, {})


@pages.post("/<uuid:event_id>/belajar/<any(pre, post):phase>/kertas")
@requires("training.manage")
def enter_papers(event_id: uuid.UUID, phase: Phase) -> ResponseReturnValue:
    """Keep each line that was typed; what is wrong comes back with its sentence, the rest is kept."""
    event = own_event(event_id)
    typed: dict[str, tuple[str, str]] = {}
    errors: dict[str, str] = {}
    kept = 0
    for text in request.form.getlist("participant")[: answers.ENTRY_PAGE]:
        key, letters = uuid_of(text), request.form.get(f"letters_{text}", "")[:200]
        if key is None or not letters.strip():
            continue
        package = request.form.get(f"package_{text}", "")
        try:
            answers.enter_paper(event_id, phase, key, package, letters, office=office())
            kept += 1
        except (Invalid, Refused) as wrong:
            typed[text], errors[text] = (package, letters), str(wrong)
        except Missing:
            errors[text] = _("Peserta ini tidak ditemukan lagi.")
    if kept:
        flash(_("%(count)s kertas tersimpan.", count=kept), "success")
    if errors:
        return _papers(own_event(event_id), phase, typed, errors, 422)
    return redirect(url_for(".papers", event_id=event.id, phase=phase), 303)


def _exam(
    event: TrainingEvent, phase: Phase, errors: dict[str, list[str]] | None = None, status: int = 200
) -> ResponseReturnValue:
    tests = exams.tests_of(event.id)
    test = tests.get(phase)
    html = render_template(
        "training_learning/exam.html",
        event=event,
        phase=phase,
        test=test,
        other=tests.get("pre" if phase == "post" else "post"),
        count=answers.results({phase: test})[phase] if test else None,
        packages=PACKAGES,
        errors=errors or {},
        typed=request.form,
    )
    return make_response(html, status)


def _choosing(
    event: TrainingEvent, phase: Phase, errors: dict[str, list[str]], status: int = 200
) -> ResponseReturnValue:
    test = exams.tests_of(event.id).get(phase)
    if test is not None and test.opens_at is not None:
        flash(_("Tes ini sudah dibuka atau dijadwalkan, jadi soalnya tidak dapat diganti."), "warning")
        return redirect(url_for(".exam", event_id=event.id, phase=phase), 303)
    rows, following = questions.bank(office(), QuestionFilter(), limit=SHOWN_QUESTIONS)
    held = [kept["id"] for kept in test.questions] if test else []
    html = render_template(
        "training_learning/choosing.html",
        event=event,
        phase=phase,
        test=test,
        rows=rows,
        is_cut=following is not None,
        picked=request.form.getlist("questions") if request.method == "POST" else held,
        counts=questions.by_pillar(office()),
        pass_mark=request.form.get("pass_mark", test.pass_mark if test else exams.PASS_MARK),
        typed=request.form,
        errors=errors,
    )
    return make_response(html, status)


def _papers(
    event: TrainingEvent,
    phase: Phase,
    typed: dict[str, tuple[str, str]],
    errors: dict[str, str],
    status: int = 200,
) -> ResponseReturnValue:
    test = _test(event, phase)
    lines, following = answers.entry_lines(event, test, search=searched(), after=cursor())
    kept: dict[str, Any] = {"q": searched()} if searched() else {}
    here: dict[str, Any] = {"event_id": event.id, "phase": phase}
    html = render_template(
        "training_learning/papers.html",
        event=event,
        phase=phase,
        test=test,
        lines=lines,
        search=searched(),
        typed=typed,
        errors=errors,
        packages=PACKAGES,
        percent_of=answers.percent_of,
        is_first=cursor() is None,
        first_url=url_for(".papers", **here, **kept),
        next_url=url_for(".papers", **here, **kept, sesudah=following) if following else None,
    )
    return make_response(html, status)


def _test(event: TrainingEvent, phase: Phase) -> TrainingTest:
    try:
        test = exams.test_of(event.id, phase)
    except Missing:
        abort(404)
    if not test.questions:
        abort(404)
    return test


def _failed(event_id: uuid.UUID, phase: Phase, failed: DocumentFailed) -> ResponseReturnValue:
    flash(str(failed), "error")
    return redirect(url_for(".exam", event_id=event_id, phase=phase), 303)


def _count(text: str, field: str = "questions") -> int:
    """A number of a form; empty is none. Raises Invalid."""
    text = text.strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise Invalid(field, _("Isi dengan angka."))
    return int(text)
