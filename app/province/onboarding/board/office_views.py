"""Pages beside the board: who decides, how long things take, what repeats, and who is blocked."""

from __future__ import annotations

import uuid

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.forms import check
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.province.onboarding.applications.models import ROUTES
from app.province.onboarding.applications.schemas import written_phone
from app.province.onboarding.board import blocking, duplicates, figures, rules, words
from app.province.onboarding.board.figures import Wanted
from app.province.onboarding.board.history import duration
from app.province.onboarding.board.schemas import BlockForm, ReasonForm, RuleForm, period_of
from app.province.onboarding.board.views import pages
from app.province.regions import (
    REGENCY,
    level_of,
    own_territory,
    region_contains,
    regions_offered,
    seen_territory,
)

LAST_PAGE = 1000


@pages.get("/aturan")
@requires("onboarding.rules")
def rules_page() -> str:
    """Who decides on the applications of each kabupaten of the own region."""
    here = own_territory()
    return render_template(
        "onboarding_board/rules.html",
        here=here,
        found=rules.rules_within(here.code),
        levels=words.LEVELS,
        offered=lambda level: rules.offered(acting(), level),
    )


@pages.post("/aturan")
@requires("onboarding.rules")
def set_rule() -> ResponseReturnValue:
    """Set who decides in one kabupaten; a kabupaten sets its own alone, unless the province decides there."""
    checked = check(RuleForm(), request.form)
    code = checked.values.get("region", "")
    fits = code.replace(".", "").isdigit() and level_of(code) == REGENCY
    if checked.errors or not fits or not region_contains(acting().region_code or "", code):
        abort(404)
    here = seen_territory(code)
    try:
        if rules.set_rule(here.code, int(checked.values["level"]), by=acting()):
            flash(_("Tersimpan untuk %(region)s. Berlaku mulai sekarang.", region=here.name), "success")
    except rules.NotYours as refusal:
        flash(str(refusal), "warning")
        return make_response(rules_page(), 403)
    return redirect(url_for(".rules_page"), 303)


@pages.get("/waktu")
@requires("onboarding.view")
def times() -> str:
    """How long steps and states take, and where people give up."""
    own = own_territory()
    here = seen_territory(request.args.get("wilayah"))
    since, until = period_of(request.args, figures.usual_period())
    route = request.args.get("jalur", "")
    route = route if route in ROUTES else ""
    wanted = Wanted(since, until, here.code if here.code != own.code else "", route)
    return render_template(
        "onboarding_board/times.html",
        here=here,
        wanted=wanted,
        regions=regions_offered(own, here),
        routes=[("", _("Semua jalur")), *words.ROUTES.items()],
        way=figures.funnel(wanted),
        setup=figures.setup_stages(wanted),
        steps=figures.step_times(wanted),
        setup_steps=figures.setup_times(wanted),
        states=figures.state_times(wanted),
        regencies=figures.by_regency(wanted),
        by_route=figures.by_route(wanted),
        duration=duration,
        reset_url=url_for(".times") if request.args else None,
    )


@pages.get("/ganda")
@requires("onboarding.view")
def repeated() -> str:
    """What repeats: villages, e-mail addresses and numbers with several applications."""
    return render_template("onboarding_board/duplicates.html", groups=duplicates.groups())


@pages.get("/blokir")
@requires("onboarding.block")
def blocked() -> ResponseReturnValue:
    """Who is blocked."""
    return _blocked({}, {})


@pages.post("/blokir")
@requires("onboarding.block")
def add_blocked() -> ResponseReturnValue:
    """Block an e-mail address or a number."""
    checked = check(BlockForm(), request.form)
    if checked.errors:
        return _blocked(checked.typed, checked.errors)
    try:
        made = blocking.block(checked.values["value"], checked.values["reason"], by=acting())
    except Invalid as wrong:
        return _blocked(checked.typed, {wrong.field: [str(wrong)]})
    said = (
        _("Diblokir. Pendaftaran darinya tidak diterima lagi.") if made else _("Sudah diblokir sebelumnya.")
    )
    flash(said, "success" if made else "warning")
    return redirect(url_for(".blocked"), 303)


@pages.post("/blokir/<uuid:blocked_id>/hapus")
@requires("onboarding.block")
def remove_blocked(blocked_id: uuid.UUID) -> ResponseReturnValue:
    """Take a block away, with the reason."""
    checked = check(ReasonForm(), request.form)
    if checked.errors:
        flash(_("Tulis alasannya, 5 sampai %(most)s huruf.", most=blocking.LONGEST_REASON), "warning")
        return redirect(url_for(".blocked"), 303)
    try:
        value = blocking.unblock(blocked_id, checked.values["reason"])
        shown = value if "@" in value else written_phone(value)
        flash(_("Blokir %(value)s dihapus.", value=shown), "success")
    except Missing:
        flash(_("Blokir ini sudah tidak ada."), "warning")
    return redirect(url_for(".blocked"), 303)


def _blocked(typed: dict[str, str], errors: dict[str, list[str]]) -> ResponseReturnValue:
    number = max(1, min(request.args.get("hal", 1, type=int), LAST_PAGE))
    rows, more = blocking.blocked(number)
    page = render_template(
        "onboarding_board/blocked.html",
        rows=rows,
        previous_url=url_for(".blocked", hal=number - 1) if number > 1 else None,
        next_url=url_for(".blocked", hal=number + 1) if more else None,
        typed=typed,
        errors=errors,
    )
    return make_response(page, 422 if errors else 200)
