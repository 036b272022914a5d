"""The list of residents: search, filters, columns, pages."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.government.residents import codes
from app.government.residents.browse import forms
from app.government.residents.browse.columns import Choice, choice_from_text, choice_of
from app.government.residents.browse.filters import ResidentFilter, number_of
from app.government.residents.browse.history import STATES
from app.government.residents.browse.ignored import ignored_of_residents
from app.government.residents.browse.links import household_links, person_links
from app.government.residents.browse.numbers import keep_search
from app.government.residents.browse.people import resident_page
from tenants.scope import current_tenant

blueprint = AudienceBlueprint(
    "residents", __name__, audience="village", url_prefix="/penduduk", template_folder="templates"
)


@blueprint.app_context_processor
def page_words() -> dict[str, Any]:
    """What the register's pages call: words of codes and states, and what can be done next."""
    return {
        "word": codes.word,
        "state_word": lambda state: str(STATES.get(state, state)),
        "person_links": person_links,
        "household_links": household_links,
    }


COLUMNS_COOKIE = "siger_penduduk"
YEAR_SECONDS = 365 * 86_400


@blueprint.get("")
@requires("residents.view")
def index() -> ResponseReturnValue:
    """The list; `after` and `before` are the cursors of its pages, `size` the rows of one."""
    chosen = _filter(request.args)
    if chosen.number is not None and "q" in request.args:
        return redirect(_address(_with_token(chosen)), 303)
    return _list(chosen)


@blueprint.post("/cari")
@requires("residents.view")
def search() -> ResponseReturnValue:
    """Search and filter. A form is led to the address of its result, which holds no digits of a number.

    A script that sends what is being typed gets the results alone, and their address in HX-Replace-Url.
    """
    chosen = _with_token(_filter(request.form))
    if request.headers.get("HX-Request"):
        answer = _results(chosen)
        answer.headers["HX-Replace-Url"] = _address(chosen)
        return answer
    if chosen.problem or (chosen.number is not None and not chosen.number.token):
        return _list(chosen)
    return redirect(_address(chosen), 303)


@blueprint.post("/kolom")
@requires("residents.view")
def choose_columns() -> ResponseReturnValue:
    """Remember which columns and how many rows a page this browser shows."""
    chosen = _filter(request.form)
    choice = choice_of(
        request.form.getlist("column"), number_of(request.form.get("size")), may_health=_may_health()
    )
    answer = make_response(redirect(_address(chosen), 303))
    answer.set_cookie(
        COLUMNS_COOKIE, choice.as_text(), max_age=YEAR_SECONDS, path="/penduduk", httponly=True, samesite="Lax",
        secure=request.is_secure,
    )  # fmt: skip
    return answer


def _list(chosen: ResidentFilter) -> Response:
    """The whole page."""
    context = _shown(chosen)
    page = render_template(
        "residents/index.html",
        quick=forms.quick_filters(chosen),
        selects=forms.filter_selects(
            chosen, context["shown"].areas, current_tenant(), may_health=_may_health()
        ),
        choosable=forms.choosable_columns(context["choice"], may_health=_may_health()),
        sizes=forms.page_sizes(),
        **context,
    )
    return make_response(page)


def _results(chosen: ResidentFilter) -> Response:
    """The results alone, drawn without what stands around a page: it is sent at every pause in typing."""
    return make_response(results_alone("residents/_residents.html", _shown(chosen)))


def _shown(chosen: ResidentFilter) -> dict[str, Any]:
    choice = _choice()
    shown = resident_page(chosen, choice, request.args.get("after", ""), request.args.get("before", ""))
    args = chosen.as_args()
    if request.args.get("size"):
        args["size"] = str(choice.size)
    return {
        "chosen": chosen,
        "choice": choice,
        "shown": shown,
        "args": args,
        "columns": forms.table_columns(choice, chosen, args),
        "removable": forms.removable(chosen, shown.areas, "residents.index", args),
        "sentence": forms.problem_sentence(chosen),
        "ignored": ignored_of_residents(request.values, may_health=_may_health()),
        "may_export": current_user.may("residents.export"),
        "may_import": current_user.may("residents.import"),
        "after_url": url_for("residents.index", **args, after=shown.page.after) if shown.page.after else None,
        "before_url": url_for("residents.index", **args, before=shown.page.before)
        if shown.page.before
        else None,
    }


def results_alone(template: str, context: dict[str, Any]) -> str:
    """A part of a page, drawn without the menu and the village's brand that `render_template` would read first."""
    return current_app.jinja_env.get_template(template).render(context)


def _filter(source: Any) -> ResidentFilter:
    return ResidentFilter.from_args(source, may_health=_may_health())


def _with_token(chosen: ResidentFilter) -> ResidentFilter:
    kept: ResidentFilter = forms.with_number(chosen, keep_search)
    return kept


def _address(chosen: ResidentFilter) -> str:
    return url_for("residents.index", **chosen.as_args())


def _choice() -> Choice:
    kept = choice_from_text(request.cookies.get(COLUMNS_COOKIE, ""), may_health=_may_health())
    size = number_of(request.args.get("size"))
    return choice_of(kept.columns, size or kept.size, may_health=_may_health())


def _may_health() -> bool:
    return bool(current_user.may("residents.view_health"))
