"""The deeds of the set-up, each saved at once: a step's own service writes its content, then the step is noted.

All of them run in the village's scope and commit. What a step writes stands there although noting it fails: the step is
told from its content.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import audit
from app.core.accounts.errors import Refused
from app.core.accounts.members import invite_to_village
from app.core.actors import Actor
from app.core.public_pages import pages_changed
from app.core.village import queries
from app.core.village.errors import Invalid
from app.core.village.options import choose_options
from app.core.village.services import add_official, add_sub_areas, mark_step
from app.core.village.setup import KEYS, State, look_around
from app.extensions import db
from app.province.onboarding.board.deciding import went_live
from app.province.onboarding.setup.first_week import BY_HAND, what_is_done
from app.province.onboarding.setup.first_week import OPTIONS as WEEK
from app.province.onboarding.setup.telling import progress_of, tell_live, tell_progress
from tenants import outbox, registry
from tenants.models import LIVE_STATES, TenantRow, TenantState, now
from tenants.scope import current_tenant, platform_scope

NEEDED = ("identity", "officials")
"""Without these nobody could reach the office, and nobody could sign: a village opens with them."""


class NotReady(Exception):
    """The village can't open yet; `missing` are the keys of the steps that are needed first."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = tuple(missing)


def note(key: str, state: State, by: Actor) -> None:
    """Note a step as done, put off or begun, and tell the platform. Commits. Raises KeyError for an unknown one."""
    if key not in KEYS:
        raise KeyError(key)
    office = look_around()
    db.session.rollback()
    marks = mark_step(key, state, by.name)
    after = "done" if office.done[key] or marks[key].state == "done" else marks[key].state
    steps = progress_of(office, **{key: after})
    steps[key] |= {"at": marks[key].at.isoformat(), "by": marks[key].by}
    tell_progress(steps, step=key if after == "done" else "", by=by.name)
    db.session.commit()


def add_officials(rows: Sequence[Mapping[str, Any]], by: Actor) -> int:
    """Add the officials of several rows, in their order, and return how many are new.

    Whoever stands in the list with the same name and title already is passed over, so sending twice, or two colleagues
    sending the same, makes nobody twice. Raises Invalid, whose field is `position-<row>` or the like; the rows before
    it are kept.
    """
    added = 0
    for row in rows:
        values = {"is_public": True, **row}
        number = values.pop("row")
        try:
            add_official(values)
        except Invalid as wrong:
            if wrong.field == "even_if_known" or _is_listed(values):
                continue
            raise Invalid(f"{wrong.field}-{number}", str(wrong)) from wrong
        added += 1
    note("officials", "done" if _has_head() else "started", by)
    return added


def add_areas(names: Sequence[str], by: Actor) -> int:
    """Add sub-areas by their names and return how many are new; those that there are already are passed over.

    Raises Invalid.
    """
    added = 0
    for last_try in (False, True):
        known = {area.name.casefold() for area in queries.sub_areas() if area.kind == "sub_area"}
        db.session.rollback()
        fresh: dict[str, str] = {}
        for name in names:
            if name.casefold() not in known:
                fresh.setdefault(name.casefold(), name)
        if not fresh:
            break
        try:
            added = add_sub_areas("sub_area", None, list(fresh.values()))
        except Invalid:
            # A colleague was faster with some of them; the second look leaves those out.
            if last_try:
                raise
            db.session.rollback()
            continue
        break
    note("sub_areas", "done", by)
    return added


def invite(rows: Sequence[Mapping[str, Any]], by: Actor) -> int:
    """Invite several colleagues and return how many; who is registered here already is passed over.

    Raises Invalid, whose field is `email-<row>` or `role-<row>`; those before it are invited.
    """
    sent = 0
    for row in rows:
        try:
            invite_to_village(
                email=row["email"], name=row["name"], role=row["role"], tenant=current_tenant(), by=by
            )
        except Refused as refused:
            if refused.field == "email":
                continue
            raise Invalid(f"role-{row['row']}", str(refused)) from refused
        sent += 1
    note("accounts", "done" if look_around().accounts > 1 else "started", by)
    return sent


def go_live(by: Actor) -> bool:
    """Open the village to the public; return whether it was opened now (False: it was open already).

    Raises NotReady while something is missing that a village can't do without. Two who press at once open it once:
    the registry's row is held.
    """
    office = look_around()
    missing = [key for key in NEEDED if not office.done[key]]
    if missing and current_tenant().state not in LIVE_STATES:
        raise NotReady(missing)
    db.session.rollback()
    opened = _open(current_tenant().id)
    _note_live(by, fresh=opened)
    return opened


def _open(tenant_id: uuid.UUID) -> bool:
    with platform_scope():
        query = select(TenantRow).where(TenantRow.id == tenant_id).with_for_update()
        row = db.session.scalars(query).one()
        if row.state != TenantState.PROVISIONED:
            db.session.rollback()
            return False
        row.live_at = row.live_at or now()
        before = row.state
        registry.change_state(row, TenantState.SET_UP)
        audit.record(
            "village.went_live",
            object_type="village",
            object_id=row.id,
            summary=f"{row.term} {row.name}",
            details={"before": {"state": before}, "after": {"state": TenantState.SET_UP.value}},
            tenant_id=row.id,
        )
        outbox.post("dirty", {}, tenant_id=row.id)
        tell_live(row)
        went_live(row.id)
        db.session.commit()
    registry.hosts_changed()
    return True


def _note_live(by: Actor, *, fresh: bool) -> None:
    """Note the day in the village itself, also where an earlier try was cut off after the registry had changed."""
    office = look_around()
    if not fresh and "live" in office.marks:
        db.session.rollback()
        return
    week = what_is_done()
    db.session.rollback()
    marks = mark_step("live", "done", by.name)
    steps = progress_of(office, live="done")
    steps["live"] |= {"at": marks["live"].at.isoformat(), "by": by.name}
    tell_progress(steps, step="live", by=by.name, first_week=week)
    pages_changed()
    db.session.commit()


def tick(key: str, by: Actor) -> None:
    """Say that a task of the first week is done of which no table tells. Commits. Raises KeyError for another one."""
    if key not in BY_HAND:
        raise KeyError(key)
    steps = progress_of(look_around())
    week = what_is_done() | {key: True}
    db.session.rollback()
    choose_options(WEEK, {key: now().isoformat()})
    audit.record("village.week_task_done", object_type="village", summary=key)
    tell_progress(steps, by=by.name, first_week=week)
    db.session.commit()


def sentence(missing: Sequence[str], labels: Mapping[str, object]) -> str:
    """Why a village can't open yet, as a sentence."""
    words = ", ".join(str(labels[key]).lower() for key in missing)
    return str(_("Belum dapat dibuka: lengkapi dahulu %(steps)s. Isian lain boleh menyusul.", steps=words))


def _has_head() -> bool:
    found = any(line.official.position == "head" and line.is_in_office for line in queries.official_lines())
    db.session.rollback()
    return found


def _is_listed(values: Mapping[str, Any]) -> bool:
    """Whether somebody of this name holds this office already."""
    wanted = values["name"].casefold(), values["position"]
    found = any(
        (line.official.name.casefold(), line.official.position) == wanted for line in queries.official_lines()
    )
    db.session.rollback()
    return found
