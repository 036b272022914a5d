"""Telling the platform how far a village is, and those who stand by it that it opened.

A village's transaction leaves a message about itself; its handler writes the platform's row and the dated step of the
application, so that the figures show where villages give up.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.accounts.models import Account
from app.core.links import host_of, host_origin, province_url
from app.core.mail import Letter, send_later, writes_letter
from app.core.village.setup import Office, State, setup_steps
from app.extensions import db
from app.province.mentoring.cases.mentors import mentor_of
from app.province.mentoring.cases.people import officers_at
from app.province.onboarding.applications.models import Application, ApplicationEvent
from app.province.onboarding.setup.models import VillageSetup
from tenants import outbox
from tenants.ids import uuid7
from tenants.models import TenantRow, now

KIND = "setup"
LETTER = "setup.live"
UNDER_WAY = ("approved", "provisioned", "live")


def progress_of(office: Office, **changed: State) -> dict[str, dict[str, str]]:
    """The steps of the present village as the platform keeps them; `changed` are states that are being written."""
    found: dict[str, dict[str, str]] = {}
    for step in setup_steps(office):
        mark = step.mark
        state: str = "done" if step.is_done else mark.state if mark and mark.state != "done" else "open"
        found[step.key] = {
            "state": changed.get(step.key, state),
            "at": mark.at.isoformat() if mark else "",
            "by": mark.by if mark else "",
        }
    return found


def tell_progress(
    steps: Mapping[str, Any], *, step: str = "", by: str = "", first_week: Mapping[str, bool] | None = None
) -> None:
    """Leave word of the present village's progress in the open transaction.

    Args:
        steps: as `progress_of` gives them. step: the one that was just done, by whom.
        first_week: what is done of the first week; None while it has not begun.
    """
    told = {"steps": dict(steps), "at": now().isoformat(), "step": step, "by": by}
    outbox.post(KIND, told | ({"first_week": dict(first_week)} if first_week is not None else {}))


@outbox.handles(KIND)
def _keep(entry: outbox.Entry) -> None:
    """Write down what a village told, unless something newer stands there; safe to repeat."""
    if entry.tenant_id is None:
        return
    at = dt.datetime.fromisoformat(entry.payload["at"])
    steps = entry.payload["steps"]
    opened = steps.get("live", {})
    live_at = (
        dt.datetime.fromisoformat(opened["at"]) if opened.get("state") == "done" and opened["at"] else None
    )
    keep_progress(entry.tenant_id, steps, at, entry.payload.get("first_week"), live_at)
    if entry.payload["step"]:
        note_step(entry.tenant_id, entry.payload["step"], entry.payload["by"], at)


def keep_progress(
    tenant_id: uuid.UUID,
    steps: Mapping[str, Any],
    at: dt.datetime,
    first_week: Mapping[str, bool] | None = None,
    live_at: dt.datetime | None = None,
) -> None:
    """Write a village's progress in the open transaction of the platform, where nothing newer stands.

    A step that is done without a mark of its own is dated by when it was first seen done.

    Args:
        steps: as `progress_of` gives them. at: when they were read.
        first_week: what is done of the first week; None leaves what stands there. live_at: likewise.
    """
    done = sum(step.get("state") == "done" for step in steps.values())
    before = db.session.execute(
        select(VillageSetup.steps, VillageSetup.updated_at)
        .where(VillageSetup.tenant_id == tenant_id)
        .with_for_update()
    ).one_or_none()
    values: dict[str, Any] = {
        "steps": _dated(steps, before.steps, before.updated_at, at) if before else dict(steps),
        "done": done, "total": len(steps), "updated_at": at,
        **({"first_week": dict(first_week)} if first_week is not None else {}),
        **({"live_at": live_at} if live_at is not None else {}),
    }  # fmt: skip
    new = insert(VillageSetup).values(tenant_id=tenant_id, **values)
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=[VillageSetup.tenant_id], set_=values, where=VillageSetup.updated_at <= at
        )
    )


def _dated(
    steps: Mapping[str, Any], before: Mapping[str, Any], looked_at: dt.datetime, at: dt.datetime
) -> dict[str, Any]:
    """The steps, each that is done with its moment: its mark's, or that of the look (`at`) which found it done.

    Args:
        before: the steps as they stood at the look before, which was at `looked_at`.
    """
    found = dict(steps)
    for key, step in steps.items():
        known = before.get(key, {})
        marked = dt.datetime.fromisoformat(step["at"]) if step.get("at") else None
        if step.get("state") != "done" or (marked is not None and marked > looked_at):
            continue
        if known.get("state") != "done":
            found[key] = {**step, "at": at.isoformat(), "by": ""}
        elif known.get("at") and (marked is None or marked < dt.datetime.fromisoformat(known["at"])):
            found[key] = {**step, "at": known["at"], "by": known.get("by", "")}
    return found


def note_step(tenant_id: uuid.UUID, key: str, by: str, at: dt.datetime) -> None:
    """Add a step that was done to the village's application, once; a village without an application has none."""
    query = (
        select(Application.id)
        .where(Application.tenant_id == tenant_id, Application.state.in_(UNDER_WAY))
        .order_by(Application.created_at.desc())
        .limit(1)
        .with_for_update()
    )
    application_id = db.session.scalar(query)
    if application_id is None:
        return
    known = select(ApplicationEvent.id).where(
        ApplicationEvent.application_id == application_id,
        ApplicationEvent.kind == KIND,
        ApplicationEvent.key == key,
    )
    if db.session.scalar(known.limit(1)) is None:
        db.session.add(
            ApplicationEvent(id=uuid7(), application_id=application_id, at=at, kind=KIND, key=key, by=by)
        )
        db.session.flush()


def tell_live(village: TenantRow) -> None:
    """Ask in the open transaction of the platform for letters to the village's mentor and its kecamatan."""
    mentor = mentor_of(village.id)
    wanted = {mentor.account_id} if mentor is not None else set()
    wanted |= {
        officer.account_id for officer in officers_at([village.district_code]).get(village.district_code, [])
    }
    for account_id in sorted(wanted):
        send_later(LETTER, village.id, occasion=account_id)


@writes_letter(LETTER)
def _live_letter(tenant_id: uuid.UUID, _place: uuid.UUID | None, occasion: str) -> Letter | None:
    row = db.session.get(TenantRow, tenant_id)
    account = db.session.get(Account, uuid.UUID(occasion))
    if row is None or account is None or not account.is_active:
        return None
    name = f"{row.term} {row.name}"
    with force_locale(account.locale):
        text = _(
            "Halo %(name)s,\n\n%(village)s, Kecamatan %(district)s, hari ini dibuka untuk umum:\n%(address)s\n\n"
            "Minggu pertama menentukan: lihat apa yang sudah dan belum dikerjakan di halaman desa ini, lalu tawarkan "
            "bantuan.\n%(page)s\n",
            name=account.name,
            village=name,
            district=row.district_name,
            address=host_origin(host_of(row)),
            page=province_url("province.village", village_id=row.id),
        )
        subject = _("%(village)s sudah dibuka untuk umum", village=name)
    return Letter(account.email, str(subject), str(text), f"setup-live-{tenant_id}-{account.id}")
