"""The staff's start page: what is left to set up, and what happened lately."""

from __future__ import annotations

import datetime as dt

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.actors import Actor, current_actor
from app.core.audit.presenting import Shown, shown
from app.core.audit.queries import Filter, village_page
from app.core.badges import kept_badge
from app.core.capabilities import tasks
from app.core.links import village_origin
from app.core.permissions import requires
from app.core.shell import permitted_entries
from app.core.ui.formats import ZONE
from app.core.village.cards import start_cards
from app.core.village.setup import look_around, minutes_left, setup_progress, setup_steps
from app.core.village.views.settings import blueprint
from tenants.scope import current_tenant

RECENT = 8


@blueprint.get("/beranda")
@requires("village.view")
def start() -> ResponseReturnValue:
    """Where staff begin their day."""
    actor = current_actor()
    assert actor is not None
    office = look_around()
    steps = setup_steps(office)
    done, total = setup_progress(steps)
    checklist = [
        {
            "label": step.label,
            "text": step.why,
            "done": step.is_done,
            "url": url_for(step.endpoint) if actor.may(step.permission) else None,
            "action": step.action,
        }
        for step in steps
    ]
    tenant = current_tenant()
    return render_template(
        "village/start.html",
        waiting=waiting(actor),
        greeting=greeting(dt.datetime.now(ZONE), actor),
        today=dt.datetime.now(ZONE).date(),
        checklist=checklist,
        minutes=minutes_left(steps),
        cards=start_cards(actor, office),
        office=office,
        may={code: actor.may(code) for code in ("officials.manage", "sub_areas.manage", "accounts.manage")},
        sets_up=any(actor.may(step.permission) for step in steps),
        work=[
            {"label": entry.label, "icon": entry.icon, "url": url_for(entry.endpoint)}
            for entry in permitted_entries(actor)
            if entry.endpoint != "village.start"
        ],
        done=done,
        total=total,
        recent=recent() if actor.may("audit.view") else None,
        front_address=village_origin(tenant.slug) + "/",
    )


def waiting(actor: Actor) -> list[dict[str, object]] | None:
    """What waits for somebody, by their permissions; None for those for whom nothing ever waits.

    Kept counts (`app.core.badges`): at most one select for each kind of work, none where they are known.
    """
    theirs = [task for task in tasks(current_tenant().modules) if actor.may(task.permission)]
    if not theirs:
        return None
    counted = [(task, kept_badge(task.key, task.count)) for task in theirs]
    return [
        {
            "words": task.words(count),
            "url": url_for(task.endpoint, **task.args),
            "icon": task.icon,
            "is_late": task.is_late,
        }
        for task, count in counted
        if count
    ]


def recent() -> list[Shown]:
    """What people did last; what the system did by itself stands in the log."""
    return [shown(line) for line in village_page(Filter()).lines if line.actor_id is not None][:RECENT]


def greeting(moment: dt.datetime, actor: Actor) -> str:
    """Good morning, by the hour of the province and the first name."""
    first = actor.name.split()[0].rstrip(",") if actor.name.split() else ""
    if 4 <= moment.hour < 11:
        return str(_("Selamat pagi, %(name)s", name=first))
    if 11 <= moment.hour < 15:
        return str(_("Selamat siang, %(name)s", name=first))
    if 15 <= moment.hour < 18:
        return str(_("Selamat sore, %(name)s", name=first))
    return str(_("Selamat malam, %(name)s", name=first))
