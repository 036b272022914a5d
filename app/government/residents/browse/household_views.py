"""The list of households, one household's page, and its printable card sheet."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.documents import PDF, DocumentFailed
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.government.residents.browse import forms, services
from app.government.residents.browse.card_sheet import card_pdf
from app.government.residents.browse.columns import PAGE_SIZES
from app.government.residents.browse.families import household_page
from app.government.residents.browse.family import HouseholdFile, household_file
from app.government.residents.browse.filters import number_of, uuid_of
from app.government.residents.browse.household_filters import HouseholdFilter
from app.government.residents.browse.ignored import ignored_of_households
from app.government.residents.browse.numbers import keep_search
from app.government.residents.browse.reasons import reason_options, told_reason
from app.government.residents.browse.seen import is_seen
from app.government.residents.browse.views import results_alone
from app.government.residents.writing import today
from tenants.scope import current_tenant

blueprint = AudienceBlueprint(
    "households", __name__, audience="village", url_prefix="/keluarga", template_folder="templates"
)


@blueprint.get("")
@requires("residents.view")
def index() -> ResponseReturnValue:
    """The list; `after` and `before` are the cursors of its pages, `size` the rows of one."""
    chosen = HouseholdFilter.from_args(request.args)
    if chosen.number is not None and "q" in request.args:
        return redirect(_address(forms.with_number(chosen, keep_search)), 303)
    return _list(chosen)


@blueprint.post("/cari")
@requires("residents.view")
def search() -> ResponseReturnValue:
    """Search and filter; see the search of residents."""
    chosen = forms.with_number(HouseholdFilter.from_args(request.form), keep_search)
    if request.headers.get("HX-Request"):
        answer = make_response(results_alone("residents/_households.html", _shown(chosen)))
        answer.headers["HX-Replace-Url"] = _address(chosen)
        return answer
    if chosen.problem or (chosen.number is not None and not chosen.number.token):
        return _list(chosen)
    return redirect(_address(chosen), 303)


@blueprint.get("/<uuid:household_id>")
@requires("residents.view")
def show(household_id: uuid.UUID) -> ResponseReturnValue:
    """A household, laid out like its family card; numbers masked."""
    shown = _file(household_id, revealed=False, may_documents=current_user.may("residents.view_identity"))
    return render_template("residents/household.html", shown=shown, household=shown.household)


@blueprint.post("/<uuid:household_id>/urutan")
@requires("residents.edit")
def move(household_id: uuid.UUID) -> ResponseReturnValue:
    """A member one place up or down on the card."""
    member_id = uuid_of(request.form.get("anggota"))
    try:
        services.move_member(
            household_id, member_id or uuid.UUID(int=0), up=request.form.get("arah") != "turun"
        )
    except Missing:
        abort(404)
    return redirect(url_for("households.show", household_id=household_id, _anchor="anggota"), 303)


@blueprint.get("/<uuid:household_id>/kartu")
@requires("residents.view_identity")
def card(household_id: uuid.UUID) -> ResponseReturnValue:
    """The card sheet for printing, once a reason was told; until then the question for it."""
    return _card(household_id, revealed=is_seen("household", household_id))


@blueprint.post("/<uuid:household_id>/kartu")
@requires("residents.view_identity")
def open_card(household_id: uuid.UUID) -> ResponseReturnValue:
    """Take the reason, note it, and show the sheet or its PDF."""
    try:
        remembered = services.open_card_sheet(household_id, told_reason(request.form))
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _card(household_id, revealed=False, error=str(wrong), status=422)
    if request.form.get("bentuk") == "pdf":
        return _pdf(household_id)
    if not remembered:
        return _card(household_id, revealed=True)
    return redirect(url_for("households.card", household_id=household_id), 303)


@blueprint.get("/<uuid:household_id>/kartu.pdf")
@requires("residents.view_identity")
def card_as_pdf(household_id: uuid.UUID) -> ResponseReturnValue:
    """The sheet as PDF, while its numbers are unmasked for this person."""
    if not is_seen("household", household_id):
        return redirect(url_for("households.card", household_id=household_id), 303)
    return _pdf(household_id)


def _pdf(household_id: uuid.UUID) -> ResponseReturnValue:
    shown = _file(household_id, revealed=True, with_history=False)
    try:
        data = card_pdf(shown)
    except DocumentFailed as failed:
        flash(str(failed), "error")
        return redirect(url_for("households.card", household_id=household_id), 303)
    services.note_card_printed(household_id)
    answer = make_response(data)
    answer.content_type = PDF
    answer.headers.set(
        "Content-Disposition", "attachment", filename=f"lembar-keluarga-{household_id.hex[-8:]}.pdf"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _card(household_id: uuid.UUID, *, revealed: bool, error: str = "", status: int = 200) -> Response:
    shown = _file(household_id, revealed=revealed, with_history=False)
    template = "residents/card.html" if revealed else "residents/card_reason.html"
    page = render_template(
        template, shown=shown, household=shown.household, reasons=reason_options(), error=error, today=today()
    )
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _file(household_id: uuid.UUID, **options: Any) -> HouseholdFile:
    try:
        return household_file(household_id, **options)
    except Missing:
        abort(404)


def _list(chosen: HouseholdFilter) -> Response:
    context = _shown(chosen)
    selects = forms.household_selects(chosen, context["shown"].areas, current_tenant(), context["size"])
    return make_response(render_template("residents/households.html", selects=selects, **context))


def _shown(chosen: HouseholdFilter) -> dict[str, Any]:
    asked = number_of(request.values.get("size"))
    size = asked if asked in PAGE_SIZES and asked else PAGE_SIZES[0]
    shown = household_page(chosen, size, request.args.get("after", ""), request.args.get("before", ""))
    args = _args(chosen, size)
    return {
        "chosen": chosen,
        "shown": shown,
        "size": size,
        "args": args,
        "removable": forms.removable(chosen, shown.areas, "households.index", args),
        "columns": forms.household_columns(chosen, args),
        "sentence": forms.problem_sentence(chosen),
        "ignored": ignored_of_households(request.values),
        "after_url": url_for("households.index", **args, after=shown.page.after)
        if shown.page.after
        else None,
        "before_url": url_for("households.index", **args, before=shown.page.before)
        if shown.page.before
        else None,
    }


def _args(chosen: HouseholdFilter, size: int | None) -> dict[str, Any]:
    """The arguments of the list's address: the filter, and a page size other than the usual one."""
    args = chosen.as_args()
    if size in PAGE_SIZES and size != PAGE_SIZES[0]:
        args["size"] = str(size)
    return args


def _address(chosen: HouseholdFilter) -> str:
    return url_for("households.index", **_args(chosen, number_of(request.form.get("size"))))
