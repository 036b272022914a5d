"""The screens of what training brought: a region, villages that never came, the effect, one training, files."""

from __future__ import annotations

import uuid

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.province.regions import own_territory, seen_territory
from app.province.training.events.services import seen_event
from app.province.training.events.words import days, kind_word
from app.province.training.results import files, words
from app.province.training.results.effect_view import EffectFilter, EffectView
from app.province.training.results.event_view import EventResults
from app.province.training.results.never_view import NeverCame, NeverFilter
from app.province.training.results.presenting import RegionResults, ResultsFilter
from app.province.watching import note_view

pages = AudienceBlueprint("training_results", __name__, audience="province")


@pages.context_processor
def _words() -> dict[str, object]:
    """How templates write differences, kinds and days."""
    return {"signed": words.signed, "kind_word": kind_word, "training_days": days}


def may(permission: str) -> bool:
    """Whether the person present holds a permission."""
    actor = current_actor()
    return actor is not None and actor.may(permission)


@pages.get("/pelatihan/hasil")
@requires("training.view")
def index() -> str:
    """What trainings brought the account's own region."""
    return _region("")


@pages.get("/pelatihan/hasil/<string(minlength=2, maxlength=8):code>")
@requires("training.view")
def region(code: str) -> str:
    """What trainings brought a region: who came from where, tests, costs, training by training."""
    return _region(code)


def _region(code: str) -> str:
    here = seen_territory(code)
    view = RegionResults(here, ResultsFilter(request.args), own_territory().code)
    page = render_template("training_results/region.html", view=view, may_export=may("indicators.export"))
    note_view("region", here.code, f"{_('Hasil pelatihan')} {here.name}")
    return page


@pages.get("/pelatihan/hasil/<string(minlength=2, maxlength=8):code>/belum-pernah")
@requires("training.view")
def never(code: str) -> str:
    """Villages of which nobody ever came to a training: a list and a map."""
    here = seen_territory(code)
    view = NeverCame(here, NeverFilter(request.args), own_territory().code)
    page = render_template("training_results/never.html", view=view, may_export=may("indicators.export"))
    note_view("region", here.code, f"{_('Belum pernah ikut pelatihan')} {here.name}")
    return page


@pages.get("/pelatihan/hasil/<string(minlength=2, maxlength=8):code>/unduh")
@requires("indicators.export")
def export(code: str) -> ResponseReturnValue:
    """A list of a region as a file: `daftar` is `asal` (who came from where), `kegiatan` or `belum` (never came);
    `bentuk` is `xlsx` or `csv`."""
    here, form = seen_territory(code), request.args.get("bentuk", "xlsx")
    wanted = request.args.get("daftar", "")
    if wanted == "belum":
        return files.never_file(NeverCame(here, NeverFilter(request.args), here.code), form)
    if wanted not in ("asal", "kegiatan"):
        abort(404)
    view = RegionResults(here, ResultsFilter(request.args), here.code)
    return files.places_file(view, form) if wanted == "asal" else files.events_file(view, form)


@pages.get("/pelatihan/dampak")
@requires("training.view")
def effect() -> str:
    """What changed in the trained villages of the account's own region, against like ones."""
    return _effect("")


@pages.get("/pelatihan/dampak/<string(minlength=2, maxlength=8):code>")
@requires("training.view")
def effect_of(code: str) -> str:
    """What changed in a region's trained villages, against like ones."""
    return _effect(code)


def _effect(code: str) -> str:
    here = seen_territory(code)
    view = EffectView(here, EffectFilter(request.args), own_territory().code)
    page = render_template("training_results/effect.html", view=view, may_export=may("indicators.export"))
    note_view("region", here.code, f"{_('Dampak pelatihan')} {here.name}")
    return page


@pages.get("/pelatihan/dampak/<string(minlength=2, maxlength=8):code>/unduh")
@requires("indicators.export")
def effect_export(code: str) -> ResponseReturnValue:
    """The trained villages beside their like as a file."""
    here = seen_territory(code)
    return files.effect_file(
        EffectView(here, EffectFilter(request.args), here.code), request.args.get("bentuk", "xlsx")
    )


@pages.get("/pelatihan/<uuid:event_id>/hasil")
@requires("training.view")
def event(event_id: uuid.UUID) -> str:
    """What one training brought."""
    row = seen_event(event_id)
    view = EventResults(row, own_territory(), request.args)
    return render_template(
        "training_results/event.html",
        event=row,
        view=view,
        lines=view.page(request.args),
        may_export=may("indicators.export"),
    )


@pages.get("/pelatihan/<uuid:event_id>/hasil/unduh")
@requires("indicators.export")
def event_export(event_id: uuid.UUID) -> ResponseReturnValue:
    """The villages of one training as a file."""
    view = EventResults(seen_event(event_id), own_territory(), request.args)
    return files.event_file(view, request.args.get("bentuk", "xlsx"))
