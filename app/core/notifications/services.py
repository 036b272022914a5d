"""Telling people: one call in the transaction in which something happened."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from app.core.actors import current_actor
from app.core.notifications import people
from app.core.notifications.choices import Choices, common_values, read_choices, spoken, wants
from app.core.notifications.events import CHANNELS, Audience, Event, event_of
from app.core.notifications.models import Notification
from app.core.notifications.unread import forget_unread
from app.core.privacy.vault import Vault, open_vault
from app.extensions import db
from tenants import outbox
from tenants.ids import uuid7
from tenants.models import now
from tenants.scope import current_tenant

WORD = "notifications"
"""The kind of the message that asks for sending."""


def notify(
    event: str,
    *,
    recipient_ids: Collection[uuid.UUID | None] = (),
    values: Mapping[str, object] | None = None,
    audience: Audience | None = None,
    subject_kind: str = "",
    subject_id: uuid.UUID | None = None,
    link: str = "",
    permission: str = "",
    vault: Vault | None = None,
    anonymous_at: dt.datetime | None = None,
) -> int:
    """Tell people of an event, in the open transaction; returns how many messages were written.

    Inside the application they are there with the commit; e-mail and WhatsApp are sent by a job after it, so nobody
    waits. What somebody switched off is not written; who acts is not told of the own deed.

    Args:
        event: a declared event.
        recipient_ids: accounts of staff or of residents, by the event's audience; None among them is passed over.
        values: what stands for the event's names; plain text.
        audience: must be the event's own when it is given.
        subject_kind, subject_id: the case that it is about, as in `CaseStep`.
        link: the path of the page about it on the village's host.
        permission: staff who hold it are told besides `recipient_ids`.
        anonymous_at: for what nobody may be found out by: everybody is told, also who acts (being left out would give
            them away), ids are random, and this rough moment is all that is kept of the time.
        vault: one that was opened with `for_writing=True`; else one is opened here.
    Raises:
        KeyError: an event that nobody declared. ValueError: another audience than the event's.
    """
    declared = event_of(event)
    if audience is not None and audience != declared.audience:
        raise ValueError(f"{event} is for {declared.audience}")
    wanted = {one for one in recipient_ids if one is not None}
    if declared.audience == "staff":
        found: dict[Any, people.Person] = people.staff(wanted, permission) if wanted or permission else {}
        actor = current_actor()
        if anonymous_at is None:
            found.pop(actor.account_id if actor else None, None)
    else:
        found = dict(people.residents(wanted))
    if not found:
        return 0
    choices = read_choices()
    vault = vault or open_vault(for_writing=True)
    rows = _rows(declared, found, choices, values or {}, vault, link, anonymous_at)
    for row in rows:
        row |= {"subject_kind": subject_kind, "subject_id": subject_id}
    _write(rows)
    return len(rows)


def _rows(
    event: Event,
    found: Mapping[uuid.UUID, people.Person],
    choices: Choices,
    values: Mapping[str, object],
    vault: Vault,
    link: str,
    anonymous_at: dt.datetime | None,
) -> list[dict[str, Any]]:
    rows, moment, village = [], anonymous_at or now(), current_tenant().full_name
    for person in found.values():
        off = choices.staff_off(person.id) if event.audience == "staff" else person.off
        told = {**common_values(village, person.name), **values}
        for channel in CHANNELS:
            if channel not in event.channels or not wants(off, channel, event.code):
                continue
            words = spoken(choices.words_of(event, channel), told)
            row_id, at_once = uuid7() if anonymous_at is None else uuid.uuid4(), channel == "in_app"
            said = {"title": words.title, "text": words.text, "link": link}
            rows.append(
                {
                    "id": row_id,
                    "audience": event.audience,
                    "recipient_id": person.id,
                    "channel": channel,
                    "event": event.code,
                    "box": vault.seal_json(said, f"notification:{row_id}"),
                    "state": "sent" if at_once else "waiting",
                    "sent_at": moment if at_once else None,
                    "created_at": moment,
                }
            )
    return rows


def _write(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    db.session.execute(Notification.__table__.insert(), rows)
    if any(row["state"] == "waiting" for row in rows):
        outbox.post(WORD, {})
    forget_unread({row["recipient_id"] for row in rows if row["channel"] == "in_app"})
