"""Tasks after events on the province's host: of one event, and of all that somebody looks after."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, and_, or_

from app.core.actors import acting
from app.core.forms import check
from app.core.permissions import requires
from app.core.ui.formats import file_day
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.province.mentoring.cases.mentors import seen_villages
from app.province.regions import own_territory, within
from app.province.training.events.models import TrainingEvent
from app.province.training.events.services import is_organiser, office, own_event, seen_event
from app.province.training.participants import exports, tasks, words
from app.province.training.participants.common_views import (
    as_download,
    cursor,
    here_of,
    pages,
    region_arg,
    version,
)
from app.province.training.participants.lists import tidy
from app.province.training.participants.models import TrainingTask
from app.province.training.participants.rules import Refused
from app.province.training.participants.schemas import TaskForm
from tenants.models import TenantRow


@pages.get("/<uuid:event_id>/tugas")
@requires("training.view")
def event_tasks(event_id: uuid.UUID) -> ResponseReturnValue:
    """The tasks that came out of an event, and the villages that have them."""
    return _page(seen_event(event_id), {"whom": "came"}, {})


@pages.post("/<uuid:event_id>/tugas")
@requires("training.manage")
def give_task(event_id: uuid.UUID) -> ResponseReturnValue:
    """Give a task to villages."""
    event = own_event(event_id)
    checked = check(TaskForm(), request.form)
    if not checked.is_valid:
        return _page(event, checked.typed, checked.errors, status=422)
    try:
        _batch, count = tasks.give(event.id, **checked.values, office=office(), by=acting().name)
    except Invalid as wrong:
        return _page(event, checked.typed, {wrong.field: [str(wrong)]}, status=422)
    except Refused as refusal:
        flash(str(refusal), "warning")
    except Missing:
        abort(404)
    else:
        flash(
            ngettext("Tugas diberikan kepada %(num)s desa.", "Tugas diberikan kepada %(num)s desa.", count),
            "success",
        )
    return redirect(url_for(".event_tasks", event_id=event_id), 303)


@pages.get("/<uuid:event_id>/tugas/unduh.<any(xlsx, csv):shape>")
@requires("indicators.export")
def tasks_export(event_id: uuid.UUID, shape: str) -> ResponseReturnValue:
    """The list of tasks as a spreadsheet or as CSV."""
    event = seen_event(event_id)
    here = here_of(event)
    file = exports.export_tasks(event, _narrowed(event, within(here.code)), here, shape)
    return as_download(file, f"tugas-{here.code}-{file_day()}", shape)


@pages.post("/<uuid:event_id>/tugas/<uuid:task_id>/<any(tiadakan, buka):deed>")
@requires("training.manage")
def change_task(event_id: uuid.UUID, task_id: uuid.UUID, deed: str) -> ResponseReturnValue:
    """A village need not do a task any more, or has to do it once more."""
    own_event(event_id)
    act = tasks.drop if deed == "tiadakan" else tasks.reopen
    try:
        act(task_id, event_id, office=office(), seen=version())
        flash(
            _("Tugas ditiadakan untuk desa ini.") if deed == "tiadakan" else _("Tugas dibuka lagi."),
            "success",
        )
    except ChangedMeanwhile:
        flash(_("Tugas ini baru saja berubah. Periksa lagi."), "warning")
    except Missing:
        abort(404)
    return redirect(url_for(".event_tasks", event_id=event_id), 303)


@pages.get("/tugas")
@requires("training.view")
def all_tasks() -> str:
    """Tasks of all events, as far as the viewer's region reaches, or of the villages that a mentor stands by."""
    view, search, narrowed = _all_asked()
    lines, following = tasks.lines(*narrowed, after=cursor())
    kept: dict[str, Any] = {"lihat": view, **({"q": search} if search else {})}
    return render_template(
        "training_participants/all_tasks.html",
        lines=lines,
        view=view,
        search=search,
        filters=list(words.TASK_FILTERS.items()),
        may_export=acting().may("indicators.export"),
        kept=kept,
        is_first=cursor() is None,
        first_url=url_for(".all_tasks", **kept),
        next_url=url_for(".all_tasks", **kept, sesudah=following) if following else None,
    )


@pages.get("/tugas/unduh.<any(xlsx, csv):shape>")
@requires("indicators.export")
def all_tasks_export(shape: str) -> ResponseReturnValue:
    """The same list as a spreadsheet or as CSV."""
    _view, _search, narrowed = _all_asked()
    here = own_territory()
    file = exports.export_tasks(None, narrowed, here, shape)
    return as_download(file, f"tugas-{here.code}-{file_day()}", shape)


def _all_asked() -> tuple[str, str, list[ColumnElement[bool]]]:
    """What the list of all tasks is narrowed to: open ones unless something else was asked for."""
    view, search = _asked()
    view = view if "lihat" in request.args else "open"
    narrowed: list[ColumnElement[bool]] = [seen_villages(acting()), tasks.condition(view)]
    if search:
        narrowed.append(_searched(search))
    return view, search, narrowed


def _page(
    event: TrainingEvent, typed: dict[str, Any], errors: dict[str, list[str]], *, status: int = 200
) -> Response:
    here = here_of(event)
    view, search = _asked()
    seen = and_(within(here.code), seen_villages(acting()))
    lines, following = tasks.lines(*_narrowed(event, seen), after=cursor())
    kept: dict[str, Any] = {
        "event_id": event.id,
        **({"lihat": view} if view else {}),
        **({"q": search} if search else {}),
        **region_arg(here),
    }
    page = render_template(
        "training_participants/tasks.html",
        event=event,
        here=here,
        typed=typed,
        errors=errors,
        batches=tasks.batches(event.id, here.code),
        lines=lines,
        view=view,
        search=search,
        filters=list(words.TASK_FILTERS.items()),
        whom=list(words.WHOM.items()),
        may_change=is_organiser(event),
        may_give=is_organiser(event) and event.state in ("open", "done"),
        may_export=acting().may("indicators.export"),
        is_first=cursor() is None,
        kept=kept,
        next_url=url_for(".event_tasks", **kept, sesudah=following) if following else None,
    )
    return make_response(page, status)


def _narrowed(event: TrainingEvent, seen: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    view, search = _asked()
    narrowed = [TrainingTask.event_id == event.id, seen, tasks.condition(view)]
    if search:
        narrowed.append(_searched(search))
    return narrowed


def _asked() -> tuple[str, str]:
    view = request.args.get("lihat", "")
    return view if view in tasks.VIEWS else "", tidy(request.args.get("q", ""))


def _searched(search: str) -> ColumnElement[bool]:
    return or_(
        TenantRow.name.icontains(search, autoescape=True),
        TenantRow.code.startswith(search, autoescape=True),
        TrainingTask.what.icontains(search, autoescape=True),
    )
