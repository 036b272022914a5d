"""The list of events, one deed in words, undoing it."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.core.village.errors import Missing
from app.government.residents import ledger
from app.government.residents.events import kinds, queries, services, words
from app.government.residents.register.errors import Refused
from app.government.residents.writing import today

blueprint = AudienceBlueprint(
    "life_events",
    __name__,
    audience="village",
    url_prefix="/penduduk/peristiwa",
    template_folder="../templates",
)

_MONTH = re.compile(r"^([0-9]{4})-(0[1-9]|1[0-2])$")


@blueprint.get("")
@requires("residents.view")
def index() -> ResponseReturnValue:
    """Deeds, newest first; `?jenis=` one kind, `?bulan=2026-11` those that count in a month, `?sebelum=` older ones."""
    kind = request.args.get("jenis", "")
    chosen = kind if kind in kinds.KINDS else ""
    month = month_of(request.args.get("bulan", ""))
    page = queries.deeds(
        month, [chosen] if chosen else queries.LISTED, _uuid(request.args.get("sebelum", ""))
    )
    kept: dict[str, Any] = {"jenis": chosen or None, "bulan": f"{month:%Y-%m}" if month else None}
    first, _closed = ledger.span()
    return render_template(
        "residents/events.html",
        deeds=page.deeds,
        kind=chosen,
        month=month,
        kinds=[(code, kinds.kind_word(code)) for code in (*queries.LISTED, "opening", "correction")],
        months=queries.months(first or today(), today())[:120],
        words=words,
        kind_word=kinds.kind_word,
        older_url=url_for("life_events.index", **kept, sebelum=page.older) if page.older else None,
        first_url=url_for("life_events.index", **kept) if request.args.get("sebelum") else None,
    )


@blueprint.get("/<uuid:deed_id>")
@requires("residents.view")
def show(deed_id: uuid.UUID) -> ResponseReturnValue:
    """What was recorded, in words, and what may be done next."""
    deed = _found(deed_id)
    actor = current_actor()
    private = deed.private if actor is not None and actor.may("residents.view_health") else {}
    return render_template(
        "residents/event.html",
        deed=deed,
        sentence=words.sentence(deed.kind, words.spoken_names(deed.names), deed.first.happened_on),
        details=words.detail_lines(deed.first.details, private),
        others=[(kinds.kind_word(line.kind), name) for line, name in deed.lines if line.kind != deed.kind],
        kind_word=kinds.kind_word,
        spoken_month=words.spoken_month,
        is_new=request.args.get("baru") == "1",
        may_undo=deed.kind in kinds.RECORDED and not (deed.is_undone or deed.is_answered or deed.is_removed),
    )


@blueprint.get("/<uuid:deed_id>/batal")
@requires("residents.undo")
def confirm_undo(deed_id: uuid.UUID) -> ResponseReturnValue:
    """Ask before taking a deed back."""
    deed = _found(deed_id)
    told = words.sentence(deed.kind, words.spoken_names(deed.names), deed.first.happened_on)
    return render_template("residents/event_undo.html", deed=deed, sentence=told)


@blueprint.post("/<uuid:deed_id>/batal")
@requires("residents.undo")
def undo(deed_id: uuid.UUID) -> ResponseReturnValue:
    """Take the whole deed back, or say what stands in the way."""
    try:
        is_answered = services.undo_deed(deed_id)
    except Missing:
        abort(404)
    except Refused as refused:
        flash(str(refused), "error")
        return redirect(url_for("life_events.show", deed_id=deed_id), 303)
    if is_answered:
        done = _(
            "Peristiwa dibatalkan. Bulannya sudah ditutup, jadi pembatalannya dihitung di bulan yang terbuka."
        )
    else:
        done = _("Peristiwa dibatalkan dan tidak dihitung lagi.")
    flash(str(done), "success")
    return redirect(url_for("life_events.show", deed_id=deed_id), 303)


def month_of(text: str) -> dt.date | None:
    """The first day of a month written as 2026-11; None for anything else."""
    found = _MONTH.match(text)
    if found is None or not 1900 <= int(found[1]) <= 2200:
        return None
    return dt.date(int(found[1]), int(found[2]), 1)


def _found(deed_id: uuid.UUID) -> queries.DeedView:
    deed = queries.deed(deed_id)
    if deed is None:
        abort(404)
    return deed


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
