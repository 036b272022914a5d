"""Opening and closing indicators, with a look at what becomes public."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import acting
from app.core.blueprints import AudienceBlueprint
from app.core.indicators.declarations import Indicator, declared
from app.core.indicators.declarations import indicator as find
from app.core.permissions import requires
from app.province.open_data import presenting, publications
from app.province.wording import label

blueprint = AudienceBlueprint("open_data_choice", __name__, audience="province", url_prefix="/data/kelola")


@blueprint.get("")
@requires("open_data.manage")
def index() -> str:
    """All indicators, and what of them everybody may read."""
    return render_template(
        "open_data/choices.html",
        indicators=declared(),
        levels=publications.levels(),
        level_words=presenting.level_words,
        pillar_words=presenting.pillar_words,
        label=label,
    )


@blueprint.route("/<string(maxlength=80):code>", methods=["GET", "POST"])
@requires("open_data.manage")
def choice(code: str) -> ResponseReturnValue:
    """One indicator: choose its level, look at what that opens, then open it."""
    try:
        indicator = find(code)
    except KeyError:
        abort(404)
    if request.method == "GET":
        return _page(indicator, request.args.get("tingkat"), "")
    chosen = request.form.get("tingkat", "")
    if chosen not in ("0", "1", "2", "3", "4"):
        return _page(indicator, None, _("Pilih salah satu tingkat."), 422)
    before = request.form.get("sebelum", "")
    try:
        publications.set_level(
            indicator,
            int(chosen) or None,
            before=int(before) if before in ("1", "2", "3", "4") else None,
            by=acting().name,
        )
    except publications.PublicationRefused as refusal:
        return _page(indicator, chosen, str(refusal), 422)
    except publications.ChangedMeanwhile:
        return _page(
            indicator, chosen, _("Orang lain baru saja mengubahnya. Periksa, lalu simpan lagi."), 409
        )
    flash(_("Data terbuka disimpan."), "success")
    return redirect(url_for("open_data_choice.index"), 303)


def _page(indicator: Indicator, asked: str | None, error: str, status: int = 200) -> ResponseReturnValue:
    present = publications.levels().get(indicator.code)
    deepest = publications.deepest(indicator)
    level = int(asked) if asked in ("0", "1", "2", "3", "4") else present or 0
    shown = min(level, deepest)
    page = render_template(
        "open_data/choice.html",
        indicator=indicator,
        name=label(indicator),
        present=present,
        level=level,
        deepest=deepest,
        error=error,
        preview=presenting.preview(indicator, shown) if shown else None,
        level_words=presenting.level_words,
        month_words=presenting.month_words,
    )
    return page, status
