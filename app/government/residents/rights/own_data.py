"""Everything that the village holds on one person, as that person may have it (Law 27/2022, Art. 6, 7 and 13).

Machine-readable as plain JSON with the names of the exchange format; readable for people as lines of a table.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from app.core.audit.actions import action_label
from app.core.audit.models import TenantAuditEntry
from app.core.privacy.vault import Vault, open_vault
from app.core.regions.slugs import slugify
from app.core.ui.formats import date, moment
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.areas import area_book
from app.government.residents.browse.history import STATES as HOUSEHOLD_STATES
from app.government.residents.browse.history import label_of
from app.government.residents.documents.queries import KINDS as DOCUMENT_KINDS
from app.government.residents.events.kinds import kind_word
from app.government.residents.events.words import detail_lines
from app.government.residents.models import (
    SEALED_FIELDS,
    DataRequest,
    Household,
    LifeEvent,
    Resident,
    ResidentDocument,
)
from app.government.residents.register.labels import HEALTH_FIELDS, HOUSEHOLD_LABELS, RESIDENT_LABELS
from app.government.residents.rights.holdings import OwnPart, holdings
from app.government.residents.rights.schemas import KINDS, STATES
from tenants.models import now
from tenants.scope import current_tenant

FORMAT = "siger.own-data/1"
EXPORTS = ("residents.exported", "residents.book_exported")
"""Lists that left the house; with `in_clear` among the details where they held whole numbers."""
NOTHING = "–"
IDS = frozenset(("household_id", "photo_document_id", "household_order"))
"""What says nothing to a person who reads the lines."""
MOST = 1000
"""So many events, documents, requests and looks are listed, the newest of them."""


def collect(resident_id: uuid.UUID, *, with_health: bool, parts: Mapping[str, OwnPart]) -> dict[str, Any]:
    """What is held on a person: fields, household, events of both, documents of both, requests, and who looked.

    Plain data. `file` of a document is its name in the archive that `services.make_copy` writes.

    Args:
        with_health: whether disability, illness, contraception and pregnancy are part of it.
        parts: what other capabilities hold on the person (`holdings.own_parts`), by key.
    Raises:
        NoResultFound: no such resident.
    """
    vault = open_vault()
    resident = db.session.get_one(Resident, resident_id)
    left_out = frozenset(() if with_health else HEALTH_FIELDS)
    documents = documents_held(resident)
    tenant, words = current_tenant(), _Words(vault, left_out)
    events = list(_events(LifeEvent.resident_id == resident_id))
    household = [resident.household_id] if resident.household_id else []
    of_household = LifeEvent.household_id.in_(household) & LifeEvent.resident_id.is_(None)
    household_events = list(_events(of_household)) if household else []
    return {
        "format": FORMAT,
        "made_at": now().isoformat(),
        "controller": {"name": tenant.full_name, "code": tenant.code},
        "with_health": with_health,
        "resident": _fields(resident, vault, left_out),
        "household": _household(resident.household_id, vault),
        "events": [_event(event, words) for event in events],
        "household_events": [_event(event, words) for event in household_events],
        "documents": [
            {
                "title": document.title or str(DOCUMENT_KINDS.get(document.kind, document.kind)),
                "kind": document.kind,
                "of": "resident" if document.resident_id == resident_id else "household",
                "file": archived_name(number, document),
                "media_type": document.media_type,
                "size": document.size,
                "added_by": document.added_by,
                "added_at": document.created_at.isoformat(),
            }
            for number, document in enumerate(documents, start=1)
        ],
        "requests": _requests(resident_id, vault),
        **{key: list(part.records) for key, part in parts.items()},
        "access_log": _looks(
            [
                resident_id,
                *household,
                *(event.deed_id for event in (*events, *household_events)),
                *(paper.id for paper in documents),
                *(known for part in parts.values() for known in part.ids),
            ],
            resident.created_at,
        ),
    }


def documents_held(resident: Resident) -> list[ResidentDocument]:
    """The scans and the portrait of a person, and the scans of their household, the newest first."""
    own = ResidentDocument.resident_id == resident.id
    if resident.household_id is not None:
        own |= ResidentDocument.household_id == resident.household_id
    query = select(ResidentDocument).where(own).order_by(ResidentDocument.id.desc())
    return list(db.session.scalars(query.limit(MOST)))


def archived_name(number: int, document: ResidentDocument) -> str:
    """What a document is called in the archive: `dokumen/01-kartu-keluarga.jpg`."""
    ending = "pdf" if document.media_type == "application/pdf" else "jpg"
    with force_locale("id"):
        kind = slugify(str(DOCUMENT_KINDS.get(document.kind, document.kind)))
    return f"dokumen/{number:02d}-{kind}.{ending}"


def without_health() -> str:
    """What stands on a copy that was made by somebody who may not see health data."""
    return str(_("Data kesehatan tidak termasuk: pembuat salinan ini tidak berhak melihatnya."))


def rows(data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What `collect` found as lines for people: part, field, content."""
    part = _("Data diri")
    for field in data["resident"].values():
        yield part, field["label"], field["text"]
    part = _("Keluarga")
    for field in data["household"].values():
        yield part, field["label"], field["text"]
    yield from _event_rows(_("Riwayat peristiwa"), data["events"])
    yield from _event_rows(_("Riwayat keluarga"), data["household_events"])
    part = _("Dokumen")
    for document in data["documents"]:
        yield part, document["title"], moment(dt.datetime.fromisoformat(document["added_at"]))
    part = _("Permintaan data pribadi")
    for request in data["requests"]:
        asked = moment(dt.datetime.fromisoformat(request["received_at"]))
        yield (
            part,
            f"{asked}: {request['kind_text']}",
            f"{request['state_text']}. {request['answer']}".strip(),
        )
    for holding in holdings():
        for record in data.get(holding.key, ()):
            yield str(holding.title), record["label"], record["text"]
    part = _("Siapa melihat atau mengubah")
    for look in data["access_log"]:
        at = moment(dt.datetime.fromisoformat(look["at"]))
        yield part, f"{at}: {look['who']}", f"{look['what']}. {look['reason']}".strip()


def _event_rows(part: str, events: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for event in events:
        word = _("%(kind)s (dibatalkan)", kind=event["text"]) if event["undone_at"] else event["text"]
        changed = "; ".join(
            _change(name, event) for name in {**event["before"], **event["after"]} if name not in IDS
        )
        day = date(dt.date.fromisoformat(event["happened_on"]))
        told = "; ".join(filter(None, (event["details_text"], changed)))
        yield part, f"{day}: {word}", told or _("dicatat oleh %(name)s", name=event["recorded_by"] or "–")


def _change(name: str, event: dict[str, Any]) -> str:
    before, after = (_word(name, event[side].get(name)) for side in ("before", "after"))
    label = label_of(name) or name
    return f"{label}: {after}" if before == NOTHING else f"{label}: {before} → {after}"


# -- parts --------------------------------------------------------------------------------------------------------


def _fields(resident: Resident, vault: Vault, left_out: frozenset[str]) -> dict[str, Any]:
    sealed = vault.open_json(resident.box, f"resident:{resident.id}")
    area = db.session.get(SubArea, resident.sub_area_id) if resident.sub_area_id else None
    found: dict[str, Any] = {}
    for name, label in RESIDENT_LABELS.items():
        if name in left_out or name == "household_id":
            continue
        value = sealed.get(name, "") if name in SEALED_FIELDS else getattr(resident, name)
        if name == "sub_area_id":
            value = area.name if area else ""
        found[name] = {"label": str(label), "value": _plain(value), "text": _word(name, value)}
    found["entered_at"] = _moment_field(_("Masuk ke daftar"), resident.created_at)
    found["changed_at"] = _moment_field(_("Terakhir diubah"), resident.updated_at)
    return found


def _household(household_id: uuid.UUID | None, vault: Vault) -> dict[str, Any]:
    household = db.session.get(Household, household_id) if household_id else None
    if household is None:
        return {}
    kk = str(vault.open_json(household.box, f"household:{household.id}").get("kk", ""))
    found: dict[str, Any] = {}
    for name, label in HOUSEHOLD_LABELS.items():
        if name != "sub_area_id":
            value = kk if name == "kk" else getattr(household, name)
            found[name] = {"label": str(label), "value": _plain(value), "text": _word(name, value)}
    return found


class _Words:
    """What turns notes into plain data: areas and heads of households by name, without what is left out."""

    def __init__(self, vault: Vault, left_out: frozenset[str]) -> None:
        self.vault, self.left_out, self.areas = vault, left_out, area_book()
        self._names: dict[str, str] = {}

    def shown(self, values: dict[str, Any]) -> dict[str, Any]:
        """What stood before or after a line."""
        return {name: self._plain(name, value) for name, value in values.items() if name not in self.left_out}

    def _plain(self, name: str, value: Any) -> Any:
        if not value or name not in ("sub_area_id", "head_id"):
            return value
        if name == "sub_area_id":
            return self.areas.way(uuid.UUID(value)) or value
        if value not in self._names:
            found = db.session.scalar(select(Resident.name).where(Resident.id == uuid.UUID(value)))
            self._names[value] = found or value
        return self._names[value]


def _events(about: ColumnElement[bool]) -> Iterator[LifeEvent]:
    yield from db.session.scalars(select(LifeEvent).where(about).order_by(LifeEvent.id.desc()).limit(MOST))


def _event(event: LifeEvent, words: _Words) -> dict[str, Any]:
    note = words.vault.open_json(event.box, f"life_event:{event.id}")

    # The cause of a death says something about health, too.
    private = {} if words.left_out else note.get("private", {})

    return {
        "kind": event.kind,
        "text": kind_word(event.kind),
        "happened_on": event.happened_on.isoformat(),
        "reported_on": event.reported_on.isoformat(),
        "recorded_by": event.recorded_by,
        "recorded_at": event.recorded_at.isoformat(),
        "undone_at": event.undone_at.isoformat() if event.undone_at else None,
        "details": {**event.details, **private},
        "details_text": "; ".join(f"{label}: {word}" for label, word in detail_lines(event.details, private)),
        "before": words.shown(note.get("before", {})),
        "after": words.shown(note.get("after", {})),
    }


def _requests(resident_id: uuid.UUID, vault: Vault) -> list[dict[str, Any]]:
    query = select(DataRequest).where(DataRequest.resident_id == resident_id).order_by(DataRequest.id.desc())
    found = []
    for request in db.session.scalars(query.limit(MOST)):
        said = vault.open_json(request.box, f"data_request:{request.id}")
        found.append(
            {
                "kind": request.kind,
                "kind_text": str(KINDS[request.kind]),
                "state": request.state,
                "state_text": str(STATES.get(request.state, request.state)),
                "received_at": request.created_at.isoformat(),
                "answered_at": request.answered_at.isoformat() if request.answered_at else None,
                "asked_by": said.get("asked_by", ""),
                "text": said.get("text", ""),
                "answer": said.get("answer", ""),
            }
        )
    return found


def _looks(object_ids: list[uuid.UUID], since: dt.datetime) -> list[dict[str, str]]:
    """Who saw, changed or handed out something of the person, as the audit log has it.

    A list that was exported with numbers since the person was entered may have held theirs, so it is named too.
    """
    own = TenantAuditEntry.object_id.in_([str(object_id) for object_id in object_ids])
    in_clear = TenantAuditEntry.details["in_clear"].as_boolean()
    exported = TenantAuditEntry.action.in_(EXPORTS) & (TenantAuditEntry.at >= since) & in_clear
    query = select(TenantAuditEntry).where(own | exported).order_by(TenantAuditEntry.id.desc()).limit(MOST)
    return [
        {
            "at": entry.at.isoformat(),
            "who": entry.actor_name or _("Sistem"),
            "action": entry.action,
            "what": action_label(entry.action),
            "reason": str(entry.details.get("reason", "")),
        }
        for entry in db.session.scalars(query)
    ]


# -- values -------------------------------------------------------------------------------------------------------


def _moment_field(label: str, value: dt.datetime) -> dict[str, str]:
    return {"label": label, "value": value.isoformat(), "text": moment(value)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _word(name: str, value: Any) -> str:
    if name == "state":
        return str(HOUSEHOLD_STATES.get(value, value or NOTHING))
    return codes.word(name, value) or NOTHING if name in codes.LISTS else _text(value)


def _text(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return str(_("ya") if value else _("tidak"))
    return date(value) if isinstance(value, dt.date) else str(value)
