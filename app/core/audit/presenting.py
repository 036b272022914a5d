"""From an entry to what a person reads: a sentence, and the details as a small table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core.audit.actions import action_label, field_label
from app.core.audit.queries import Line
from app.core.audit.recording import HIDDEN
from app.core.audit.wording import object_words, summary_words, value_words
from app.core.ui.formats import date, moment, number


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the screen."""

    line: Line
    who: str
    what: str
    summary: str
    about: str
    visit: str
    changed: list[tuple[str, str, str]]
    facts: list[tuple[str, str]]


REFUSED = "session.refused"
"""A sign-in that failed has no actor, yet it was a person who tried."""


def shown(line: Line) -> Shown:
    """Put an entry into words of the reader's language."""
    details = dict(line.details)
    visit = details.pop("support_visit", None)
    details.pop("officer", None)
    changed: list[tuple[str, str, str]] = []
    before, after = details.get("before"), details.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        details.pop("before"), details.pop("after")
        names = list({**before, **after})
        changed = [(field_label(n), in_words(before.get(n), n), in_words(after.get(n), n)) for n in names]
    facts = [(field_label(name), in_words(value, name)) for name, value in details.items()]
    return Shown(
        line=line,
        who=line.actor_name or (_("Seseorang") if line.action == REFUSED else _("Sistem")),
        what=action_label(line.action),
        summary=summary_words(line.action, line.summary),
        about=object_words(line.object_type),
        visit=str(visit.get("reason", "")) if isinstance(visit, dict) else "",
        changed=changed,
        facts=facts,
    )


def in_words(value: Any, name: str = "") -> str:
    """A value of the details as text: yes and no, dates in full, lists with commas, nothing as a dash.

    `name` is what it stands under, so that codes (states, roles) are said in words.
    """
    if value is None or value in ("", [], {}):
        return "–"
    if value is True:
        return str(_("ya"))
    if value is False:
        return str(_("tidak"))
    if value == HIDDEN:
        return str(_("disembunyikan"))
    if isinstance(value, list):
        return ", ".join(in_words(item, name) for item in value)
    if isinstance(value, dict):
        return "; ".join(
            f"{field_label(str(key))}: {in_words(item, str(key))}" for key, item in value.items()
        )
    return _as_moment(value_words(name, value)) if isinstance(value, str) else number(value)


def _as_moment(value: str) -> str:
    """Dates and moments that stand in the details in ISO form, as people write them; other text as it is."""
    if not 10 <= len(value) <= 35 or value[4:5] != "-":
        return value
    try:
        return (
            date(dt.date.fromisoformat(value))
            if len(value) == 10
            else moment(dt.datetime.fromisoformat(value))
        )
    except ValueError:
        return value
