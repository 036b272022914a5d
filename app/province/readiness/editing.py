"""Weighing the index anew: the schemes by date, writing one, trying it, saving it, taking one back."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.indicators.declarations import period_of
from app.core.permissions import requires
from app.core.ui.formats import moment
from app.province import wording
from app.province.readiness import drafts, openings, services
from app.province.readiness.classes import CLASSES, UNTOLD
from app.province.readiness.drafts import Draft
from app.province.readiness.presenting import PILLAR_WORDS, month_words
from app.province.readiness.schemes import (
    FROM_THE_BEGINNING,
    Scale,
    all_schemes,
    by_code,
    known_indicators,
    shape_of,
    stamp_of,
)
from app.province.readiness.services import SchemeConflict, SchemeHolds, Simulation
from app.province.readiness.views import pages
from tenants.models import now

MANAGE = "readiness.manage"


def _this_month() -> dt.date:
    return period_of(now()).first


@pages.get("/kesiapan/ketentuan")
@requires(MANAGE)
def schemes() -> str:
    """All schemes, the newest first: from when, by whom, when, why, and what they say."""
    found = all_schemes()
    this_month = _this_month()
    holding = next(one for one in found if one.holds_from <= this_month)
    return render_template(
        "readiness/schemes.html",
        schemes=found,
        holding=holding,
        this_month=this_month,
        beginning=FROM_THE_BEGINNING,
        known=by_code([scale for one in found for scale in one.scales]),
        scale_label=openings.scale_label,
        bound_words=openings.bound_words,
    )


@pages.get("/kesiapan/ketentuan/ubah")
@requires(MANAGE)
def edit() -> ResponseReturnValue:
    """The form of a new scheme, beginning with the one that holds (or with `?dari=YYYY-MM`, one that is planned)."""
    found = all_schemes()
    this_month = _this_month()
    planned = [one for one in found if f"{one.holds_from:%Y-%m}" == request.args.get("dari", "")]
    base = planned[0] if planned else next(one for one in found if one.holds_from <= this_month)
    month = max(base.holds_from, this_month)
    return _form(drafts.drafted(base, month, stamp_of(found)))


@pages.post("/kesiapan/ketentuan/ubah")
@requires(MANAGE)
def change() -> ResponseReturnValue:
    """Add an indicator to the form, try what the scheme would change, or save it; nothing is kept before."""
    draft = drafts.read_draft(request.form)
    deed = request.form.get("deed", "")
    if deed == "add":
        return _form(drafts.with_line(draft, request.form.get("add", "")))
    if deed == "edit":
        return _form(draft)
    actor = acting()
    scheme = drafts.checked(draft, actor.name, _this_month())
    if scheme is None:
        return _form(draft, 422)
    if deed != "save":
        found = services.simulate(scheme)
        return render_template("readiness/simulation.html", draft=draft, found=found, view=_Tried(found))
    try:
        services.save_scheme(scheme, draft.seen)
    except SchemeConflict as conflict:
        newest = conflict.newest
        draft.errors["_schema"] = _(
            "%(who)s menyimpan ketentuan lain pada %(moment)s. Bandingkan dengan daftar ketentuan, lalu coba lagi.",
            who=newest.made_by,
            moment=moment(newest.made_at),
        )
        draft.seen = stamp_of(all_schemes())
        return _form(draft, 409)
    except SchemeHolds:
        draft.errors["month"] = _("Bulan itu sudah lewat. Pilih bulan ini atau sesudahnya.")
        return _form(draft, 422)
    if scheme.holds_from == _this_month():
        flash(
            _("Ketentuan tersimpan. Indeks bulan ini dihitung ulang, biasanya dalam beberapa detik."),
            "success",
        )
    else:
        flash(
            _("Ketentuan tersimpan; berlaku mulai %(month)s.", month=month_words(scheme.holds_from)),
            "success",
        )
    return redirect(url_for("readiness.schemes"), 303)


@pages.post("/kesiapan/ketentuan/<uuid:scheme_id>/batal")
@requires(MANAGE)
def take_back(scheme_id: uuid.UUID) -> ResponseReturnValue:
    """Take back a scheme that does not hold yet."""
    try:
        if not services.take_back(scheme_id):
            abort(404)
    except SchemeHolds:
        flash(_("Ketentuan yang sudah berlaku tidak dapat dibatalkan. Buat ketentuan baru."), "warning")
    else:
        flash(_("Rencana ketentuan dibatalkan."), "success")
    return redirect(url_for("readiness.schemes"), 303)


def _form(draft: Draft, status: int = 200) -> ResponseReturnValue:
    known = known_indicators()
    there = {line.code for line in draft.lines}
    lines = [
        {
            "line": line,
            "number": number,
            "indicator": known.scored.get(line.code),
            "label": wording.label(known.scored[line.code]) if line.code in known.scored else line.code,
            "shape": shape_of(Scale(line.code, line.pillar, 0, 0, line.per or None), known.both),
        }
        for number, line in enumerate(draft.lines)
    ]
    page = render_template(
        "readiness/edit.html",
        draft=draft,
        lines=lines,
        pillars=[("", _("Tidak dinilai")), *((key, str(said)) for key, said in PILLAR_WORDS.items())],
        divisors=[("", "–"), *((code, wording.label(one)) for code, one in known.divisors.items())],
        unit_words=wording.unit_words,
        months=[(f"{one:%Y-%m}", month_words(one)) for one in drafts.months_to_choose(_this_month())],
        others=[(code, wording.label(one)) for code, one in known.scored.items() if code not in there],
        sum_words=drafts.sum_words(draft),
        limits={"shortest": drafts.SHORTEST_NOTE, "longest": drafts.LONGEST_NOTE},
    )
    return page, status


class _Tried:
    """A simulation as the page shows it."""

    def __init__(self, found: Simulation) -> None:
        self.found = found
        used = {key for pair in found.table for key in pair}
        self.classes = [one for one in (*CLASSES, UNTOLD) if one is not UNTOLD or UNTOLD.key in used]

    def count(self, old: str, new: str) -> int:
        """How many villages go from one class to another."""
        return self.found.table.get((old, new), 0)

    def total_before(self, key: str) -> int:
        """How many villages are in a class before."""
        return sum(count for (old, _new), count in self.found.table.items() if old == key)

    def total_after(self, key: str) -> int:
        """How many villages would be in a class."""
        return sum(count for (_old, new), count in self.found.table.items() if new == key)
