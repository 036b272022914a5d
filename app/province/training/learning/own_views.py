"""Without an account: tests, material, evaluation and certificate by a seat's token, and the public check."""

from __future__ import annotations

import uuid

import structlog
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.forms import check
from app.core.permissions import anonymous
from app.core.village.errors import Invalid, Missing
from app.extensions import counted_address, limiter
from app.province.regions import frame_name
from app.province.training.events.services import Refused
from app.province.training.learning import answers, certificates, evaluation, exams, making, materials
from app.province.training.learning.exams import Phase
from app.province.training.learning.models import TrainingTest
from app.province.training.learning.schemas import LABELS, EvaluationForm
from app.province.training.learning.views import pdf_answer, uuid_of
from app.province.training.participants.page import OwnPage, own_page
from app.province.training.participants.page_views import PER_ADDRESS, private

log = structlog.get_logger(__name__)

PER_ADDRESS_CHECKS = "60 per minute; 1000 per hour"

blueprint = AudienceBlueprint("training_own", __name__, audience="open")


@blueprint.get("/ikut/<string(maxlength=40):token>/tes/<any(pre, post):phase>")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def exam(token: str, phase: Phase) -> ResponseReturnValue:
    """The questions in this participant's order; afterwards what came of them."""
    own = _own(token)
    return _exam(own, _test(own, phase), {})


@blueprint.post("/ikut/<string(maxlength=40):token>/tes/<any(pre, post):phase>")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def answer(token: str, phase: Phase) -> ResponseReturnValue:
    """Take the answers, once; with gaps only when they were seen."""
    own = _own(token)
    test = _test(own, phase)
    given = {
        place: choice
        for place in range(len(test.questions))
        if (choice := _number(request.form.get(f"q{place}", ""))) is not None
    }
    gaps = len(given) < len(test.questions) and request.form.get("with_gaps") != "1"
    if gaps and exams.state_of(test) == "open" and phase not in answers.answers_of(own.seat.id):
        return _exam(own, test, given, 422)
    try:
        sent = answers.send(own.seat, phase, given)
        flash(
            _("Jawaban Anda diterima. Terima kasih.")
            if sent.is_new
            else _("Jawaban Anda sudah diterima sebelumnya, dan itulah yang berlaku."),
            "success" if sent.is_new else "info",
        )
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".exam", token=token, phase=phase), 303)


@blueprint.get("/ikut/<string(length=22):token>/materi/<uuid:material_id>")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def material(token: str, material_id: uuid.UUID) -> ResponseReturnValue:
    """A material's file; counted for the village that sent the participant."""
    own = _own(token)
    if not own.is_taking_part or own.event.state == "cancelled":
        abort(404)
    try:
        return materials.open_for_participant(own.seat, material_id)
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


@blueprint.get("/ikut/<string(maxlength=40):token>/penilaian")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def evaluation_form(token: str) -> ResponseReturnValue:
    """What the participant thinks of the event and its speakers."""
    return _evaluation(_own(token), {})


@blueprint.post("/ikut/<string(maxlength=40):token>/penilaian")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def evaluate(token: str) -> ResponseReturnValue:
    """Take it, without a name."""
    own = _own(token)
    checked = check(EvaluationForm(), request.form)
    if not checked.is_valid:
        return _evaluation(own, checked.errors, 422)
    ratings = {
        name: value
        for name in evaluation.ASPECTS
        if (value := _number(request.form.get(f"rating_{name}", ""))) is not None
    }
    speakers = {
        key: value
        for name, text in request.form.items()
        if name.startswith("speaker_")
        and (key := uuid_of(name.removeprefix("speaker_"))) is not None
        and (value := _number(text)) is not None
    }
    try:
        is_new = evaluation.evaluate(own.seat, own.event, ratings, speakers, **checked.values)
        thanks = _("Terima kasih. Penilaian Anda disimpan tanpa nama.")
        said = thanks if is_new else _("Anda sudah menilai kegiatan ini.")
        flash(said, "success" if is_new else "info")
    except Invalid as wrong:
        return _evaluation(own, {wrong.field: [str(wrong)]}, 422)
    except Refused as refusal:
        flash(str(refusal), "warning")
    return redirect(url_for("training_page.show", token=token), 303)


@blueprint.get("/ikut/<string(length=22):token>/sertifikat")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def own_certificate(token: str) -> ResponseReturnValue:
    """The participant's certificate as PDF, while it holds."""
    row = certificates.certificate_of(_own(token).seat.id)
    if row is None or row.state != "made":
        abort(404)
    try:
        return pdf_answer(making.file_of(row), making.file_name(row))
    except Missing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


@blueprint.get("/sertifikat/<string(length=22):token>")
@anonymous
@limiter.limit(PER_ADDRESS_CHECKS, key_func=counted_address)
def certificate(token: str) -> ResponseReturnValue:
    """What a certificate's QR code leads to: whose it is, for what, and whether it holds."""
    found = certificates.public_certificate(token)
    html = render_template("training_learning/public/certificate.html", found=found)
    return private(html, 200 if found else 404)


def _own(token: str) -> OwnPage:
    try:
        return own_page(token)
    except Missing:
        abort(404)


def _test(own: OwnPage, phase: Phase) -> TrainingTest:
    """A test that was opened once; none is not found."""
    test = exams.tests_of(own.event.id).get(phase)
    if test is None or exams.state_of(test) in ("none", "draft") or not own.is_taking_part:
        abort(404)
    return test


def _exam(own: OwnPage, test: TrainingTest, given: dict[int, int], status: int = 200) -> ResponseReturnValue:
    sent = answers.answers_of(own.seat.id)
    mine = sent.get(test.phase)
    state = exams.state_of(test)
    if test.phase == "pre" and mine is None and "post" in sent:
        state = "closed"
    is_told = mine is not None and "post" in sent
    html = render_template(
        "training_learning/public/exam.html",
        own=own,
        place=frame_name(own.event.region_code),
        test=test,
        phase=test.phase,
        state=state,
        questions=exams.shown(test, str(own.seat.id)) if state != "waiting" else (),
        given=given,
        missing=len(test.questions) - len(given) if status == 422 else 0,
        mine=mine,
        chosen={int(at): choice for at, choice in mine.answers.items()} if mine is not None else {},
        percent=answers.percent_of(mine) if is_told and mine else None,
        is_told=is_told and state == "closed",
    )
    return private(html, status)


def _evaluation(own: OwnPage, errors: dict[str, list[str]], status: int = 200) -> ResponseReturnValue:
    if not own.is_taking_part:
        abort(404)
    done = evaluation.has_evaluated(own.seat.id)
    html = render_template(
        "training_learning/public/evaluation.html",
        own=own,
        place=frame_name(own.event.region_code),
        done=done,
        is_open=evaluation.is_open(own.event),
        aspects=evaluation.ASPECTS,
        speakers=evaluation.speakers_of(own.event.id),
        values=range(evaluation.LEAST, evaluation.MOST + 1),
        labels=LABELS,
        typed=request.form,
        errors=errors,
    )
    return private(html, status)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None
