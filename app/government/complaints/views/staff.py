"""Complaints for staff: the list, one complaint, and what is done with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
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
from app.core.files.names import disposition
from app.core.files.storage import StorageAway
from app.core.forms import Checked, check
from app.core.permissions import requires
from app.core.privacy.masking import holds_personal
from app.core.tables import XLSX
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.government.complaints import export, handling, opening, queries
from app.government.complaints.schemas import AnswerSchema, ReasonSchema
from app.government.complaints.words import CATEGORIES, LABELS, STATES, STEPS, TONES
from app.government.residents.browse.areas import area_book

blueprint = AudienceBlueprint(
    "complaints", __name__, audience="village", url_prefix="/pengaduan-warga", template_folder="../templates"
)


@blueprint.get("")
@requires("complaints.view")
def index() -> ResponseReturnValue:
    """The list; what waits beyond its promise stands on top."""
    chosen = queries.Filter.from_args(request.args)
    args: dict[str, Any] = dict(chosen.as_args())
    if holds_personal(request.args.get("q", "")):
        return redirect(url_for(".index", **args), 303)
    found = queries.listed(chosen, request.args.get("hal", 1, type=int))
    return render_template(
        "complaints/staff_list.html",
        chosen=chosen,
        found=found,
        areas=area_book(),
        categories=CATEGORIES,
        states=STATES,
        tones=TONES,
        is_overdue=queries.is_overdue,
        page_url=lambda number: url_for("complaints.index", **args, hal=number),
        state_url=lambda state: url_for("complaints.index", **{**args, "keadaan": state or None}),
        export_url=url_for("complaints.download", **args),
    )


@blueprint.get("/unduh")
@requires("complaints.view")
def download() -> Response:
    """The list as a spreadsheet, without names, contacts and texts."""
    file = export.workbook(queries.Filter.from_args(request.args))
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name="pengaduan.xlsx")


@blueprint.get("/<uuid:complaint_id>")
@requires("complaints.view")
def show(complaint_id: uuid.UUID) -> ResponseReturnValue:
    """One complaint with its steps."""
    return _page(complaint_id)


@blueprint.get("/<uuid:complaint_id>/foto/<uuid:file_id>")
@requires("complaints.view")
def photo(complaint_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """A photo; staff alone see it."""
    try:
        found = opening.open_photo(complaint_id, file_id)
    except Missing:
        abort(404)
    except StorageAway:
        abort(503)
    answer = make_response(found.data)
    answer.content_type = found.media_type
    answer.headers["Cache-Control"] = "private, max-age=300"
    answer.headers["Content-Disposition"] = disposition("inline", found.file_name)
    return answer


@blueprint.post("/<uuid:complaint_id>/tangani")
@requires("complaints.answer")
def take_on(complaint_id: uuid.UUID) -> ResponseReturnValue:
    """Begin to deal with it."""
    return _deed(
        complaint_id,
        lambda: handling.take_on(complaint_id, _version()),
        _("Pengaduan ini sekarang ditangani."),
    )


@blueprint.post("/<uuid:complaint_id>/serahkan")
@requires("complaints.answer")
def assign(complaint_id: uuid.UUID) -> ResponseReturnValue:
    """Give it to a colleague."""
    account_id = request.form.get("account_id", type=uuid.UUID) or uuid.UUID(int=0)
    return _deed(
        complaint_id,
        lambda: handling.assign(complaint_id, account_id, _version()),
        _("Pengaduan diserahkan, dan petugasnya diberi tahu."),
    )


@blueprint.post("/<uuid:complaint_id>/jawab")
@requires("complaints.answer")
def answer(complaint_id: uuid.UUID) -> ResponseReturnValue:
    """Answer in private, or in public with a text fit for everybody."""
    checked = check(AnswerSchema(), request.form)
    if not checked.is_valid:
        return _page(complaint_id, checked, 422)
    typed = checked.values
    try:
        handling.answer(
            complaint_id,
            typed["answer"],
            public=typed["public"],
            public_title=typed["public_title"],
            public_text=typed["public_text"],
            seen=_version(),
        )
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _page(complaint_id, checked.with_error(wrong.field, wrong), 422)
    except ChangedMeanwhile:
        return _page(complaint_id, checked.with_error("answer", _changed()), 409)
    flash(str(_("Jawaban terkirim.")), "success")
    return redirect(url_for("complaints.show", complaint_id=complaint_id), 303)


@blueprint.post("/<uuid:complaint_id>/tarik")
@requires("complaints.answer")
def withdraw(complaint_id: uuid.UUID) -> ResponseReturnValue:
    """Take it off the public site."""
    return _deed(
        complaint_id,
        lambda: handling.withdraw(complaint_id, _version()),
        _("Pengaduan ditarik dari situs desa."),
    )


@blueprint.post("/<uuid:complaint_id>/tutup")
@requires("complaints.answer")
def close(complaint_id: uuid.UUID) -> ResponseReturnValue:
    """Say that it is dealt with."""
    return _deed(complaint_id, lambda: handling.close(complaint_id, _version()), _("Pengaduan selesai."))


@blueprint.post("/<uuid:complaint_id>/tolak")
@requires("complaints.answer")
def reject(complaint_id: uuid.UUID) -> ResponseReturnValue:
    """Say why it is not dealt with."""
    checked = check(ReasonSchema(), request.form)
    if not checked.is_valid:
        return _page(complaint_id, checked, 422)
    reason = checked.values["reason"]
    return _deed(
        complaint_id,
        lambda: handling.reject(complaint_id, reason, _version()),
        _("Pelapor diberi tahu alasannya."),
        checked,
        "reason",
    )


def _deed(
    complaint_id: uuid.UUID,
    deed: Callable[[], object],
    done: object,
    checked: Checked | None = None,
    field: str = "",
) -> ResponseReturnValue:
    """Do it; what went wrong is said, and what was typed (`checked`) stays in its form with the sentence at `field`."""
    try:
        deed()
    except Missing:
        abort(404)
    except (Invalid, ChangedMeanwhile) as wrong:
        meanwhile = isinstance(wrong, ChangedMeanwhile)
        sentence = _changed() if meanwhile else str(wrong)
        if checked is not None:
            return _page(complaint_id, checked.with_error(field, sentence), 409 if meanwhile else 422)
        flash(sentence, "error")
    else:
        flash(str(done), "success")
    return redirect(url_for("complaints.show", complaint_id=complaint_id), 303)


def _changed() -> str:
    return str(_("Rekan Anda baru saja mengubah pengaduan ini. Baca keadaan terbarunya dahulu."))


def _version() -> int | None:
    return request.form.get("row_version", type=int)


def _page(complaint_id: uuid.UUID, checked: Checked | None = None, status: int = 200) -> Response:
    try:
        shown = opening.open_complaint(complaint_id)
    except Missing:
        abort(404)
    may_answer = current_user.may("complaints.answer")
    page = render_template(
        "complaints/staff_show.html",
        shown=shown,
        area=area_book().way(shown.row.sub_area_id),
        may_answer=may_answer,
        handlers=handling.handlers() if may_answer else [],
        typed=checked.typed if checked else {},
        errors=checked.errors if checked else {},
        labels=LABELS,
        categories=CATEGORIES,
        states=STATES,
        tones=TONES,
        step_words=STEPS,
    )
    return make_response(page, status)
