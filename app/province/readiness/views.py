"""The screens of the index: a region, a village or a region opened down to its numbers, files."""

from __future__ import annotations

import uuid

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.province.readiness import files, openings, presenting, queries
from app.province.readiness.presenting import Filters, RegionView
from app.province.readiness.schemes import month_and_scheme
from app.province.regions import own_territory, seen_territory
from app.province.watching import note_view

pages = AudienceBlueprint("readiness", __name__, audience="province")


@pages.context_processor
def _words() -> dict[str, object]:
    """How templates write scores, classes and months."""
    return {
        "score": presenting.score_words,
        "change": presenting.change_words,
        "class_tag": presenting.class_tag,
        "month_words": presenting.month_words,
        "pillar_words": presenting.PILLAR_WORDS,
    }


def may(permission: str) -> bool:
    """Whether the person present holds a permission."""
    actor = current_actor()
    return actor is not None and actor.may(permission)


@pages.get("/kesiapan")
@requires("overview.view")
def index() -> str:
    """The readiness of the account's own region."""
    return _region("")


@pages.get("/kesiapan/<string(maxlength=8):code>")
@requires("overview.view")
def region(code: str) -> str:
    """The readiness of a region: classes, means by place, map, course, who rises and falls, villages by score."""
    return _region(code)


def _region(code: str) -> str:
    here = seen_territory(code)
    month, scheme = month_and_scheme(presenting.asked_month(request.args.get("bulan", "")))
    view = RegionView(queries.board(here, month), Filters(request.args), own_territory().code)
    page = render_template(
        "readiness/region.html",
        view=view,
        scheme=scheme,
        may_export=may("indicators.export"),
        may_manage=may("readiness.manage"),
    )
    note_view("region", here.code, f"{_('Kesiapan')} {here.name}")
    return page


@pages.get("/kesiapan/<string(maxlength=8):code>/mengapa")
@requires("overview.view")
def region_opened(code: str) -> str:
    """Why a region's mean is what it is: which indicators pull it down, over its villages."""
    here = seen_territory(code)
    month, scheme = month_and_scheme(presenting.asked_month(request.args.get("bulan", "")))
    opening = openings.of_region(here, month, scheme)
    page = render_template(
        "readiness/opening.html",
        opening=opening,
        here=here,
        row=None,
        title=here.name,
        course=None,
        months=presenting.months_to_show(month),
    )
    note_view("region", here.code, f"{_('Kesiapan')} {here.name}")
    return page


@pages.get("/kesiapan/desa/<uuid:village_id>")
@requires("overview.view")
def village(village_id: uuid.UUID) -> str:
    """Why a village's index is what it is."""
    row = queries.village_of(village_id, own_territory().code)
    if row is None:
        abort(404, _("Tidak ada desa dengan nomor ini di wilayah Anda."))
    month, scheme = month_and_scheme(presenting.asked_month(request.args.get("bulan", "")))
    opening = openings.of_village(row, month, scheme)
    course = presenting.course_chart(*queries.course_of_village(row.code, month))
    page = render_template(
        "readiness/opening.html",
        opening=opening,
        here=None,
        row=row,
        title=f"{row.term} {row.name}",
        course=course,
        months=presenting.months_to_show(month),
    )
    note_view("village", row.id, f"{_('Kesiapan')} {row.term} {row.name}")
    return page


@pages.get("/kesiapan/<string(maxlength=8):code>/unduh")
@requires("indicators.export")
def export(code: str) -> ResponseReturnValue:
    """The villages that the filters leave, as a workbook or CSV (`?bentuk=csv`)."""
    here = seen_territory(code)
    month, _scheme = month_and_scheme(presenting.asked_month(request.args.get("bulan", "")))
    form = request.args.get("bentuk", "xlsx")
    if form not in files.FORMS:
        abort(404)
    return files.villages_file(here, month, Filters(request.args), form)
