"""Files of figures: read in a process that can be killed, shown first, applied in one transaction, once."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
import zlib
from collections import defaultdict
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.actors import Actor
from app.core.files.storage import (
    ObjectMissing,
    StorageAway,
    delete_object,
    get_object,
    list_objects,
    put_object,
)
from app.core.indicators.adoption import LAST_ACTIVITY
from app.core.indicators.declarations import Value
from app.core.indicators.services import write_many
from app.core.privacy.masking import mask_numbers
from app.core.spreadsheets import SpreadsheetRefused, read_table
from app.core.spreadsheets.reading import MAX_UPLOAD_BYTES, SUFFIXES
from app.core.spreadsheets.refusals import refusal
from app.core.village.errors import Missing
from app.extensions import db
from app.province.external.judging import pushable
from app.province.external.models import ExternalDelivery
from app.province.external.services.receiving import month_of
from app.province.external.services.villages import why_not
from app.province.external.sheets import KNOWN, ColumnsMissing, Place, places_of, read_sheet, village_codes
from app.province.regions import within
from tenants.ids import uuid7
from tenants.keys import platform_path
from tenants.models import TenantRow, now

SECONDS = 15.0
KEPT_HOURS = 48
"""How long a file waits for whoever sent it to say yes."""
KEPT_REFUSED = 5000
"""Refused rows that stay with a delivery."""


def read_file(data: bytes, file_name: str, actor: Actor) -> uuid.UUID:
    """Read a file and keep what it would write until somebody applies it; returns its number, which is its digest's
    beginning: the same file has the same one.

    Raises SpreadsheetRefused with a sentence, StorageAway. Commits a note when the file names other regions' villages.
    """
    if not data:
        raise refusal("empty")
    if len(data) > MAX_UPLOAD_BYTES:
        raise refusal("upload")
    if not file_name.lower().endswith(SUFFIXES):
        raise refusal("other_name")
    db.session.rollback()
    table = read_table(data, file_name, known=KNOWN, seconds=SECONDS)
    try:
        columns = places_of(table)
    except ColumnsMissing as missing:
        raise SpreadsheetRefused("columns", missing) from missing
    villages = _villages(village_codes(table, columns), actor)
    plan = read_sheet(table, columns, villages, pushable(), now())
    digest = hashlib.sha256(data).digest()
    upload_id = uuid.UUID(bytes=digest[:16])
    name = mask_numbers(plain_name(file_name))
    kept = {
        "digest": digest.hex(),
        "file_name": name,
        "header": table.header,
        "rows": len(table.rows),
        "empty": plan.empty,
        "figures": plan.figures,
        "refused": [bad.as_data() for bad in plan.refused],
        "villages": {str(place.id): place.name for place in villages.values()},
    }
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    put_object(_path(actor, upload_id), zlib.compress(text, 1))
    if plan.strangers:
        audit.record(
            "external.refused", object_type="file", object_id=upload_id, summary=name,
            details={"rows": plan.strangers},
        )  # fmt: skip
        db.session.commit()
    return upload_id


def _villages(codes: set[str], actor: Actor) -> dict[str, Place]:
    found: dict[str, Place] = {}
    query = select(TenantRow).where(within(actor.region_code), TenantRow.code.in_(codes))
    for row in db.session.scalars(query):
        reason = ""
        if row.software is None:
            reason = why_not(row) or str(_("Desa ini belum dicatat memakai sistem lain."))
        found[row.code] = Place(row.id, f"{row.term} {row.name}", reason)
    return found


def kept_plan(upload_id: uuid.UUID, actor: Actor) -> dict[str, Any]:
    """What a file of this person would write. Raises Missing after it was given up or too long ago, StorageAway."""
    try:
        plan: dict[str, Any] = json.loads(zlib.decompress(get_object(_path(actor, upload_id))))
    except ObjectMissing as error:
        raise Missing(str(upload_id)) from error
    return plan


def earlier_delivery(upload_id: uuid.UUID, actor: Actor) -> uuid.UUID | None:
    """The delivery that this very file of this person became already, None when it is new."""
    query = select(ExternalDelivery.id).where(
        ExternalDelivery.origin == str(actor.account_id), ExternalDelivery.idempotency_key == str(upload_id)
    )
    return db.session.scalar(query)


def give_up(upload_id: uuid.UUID, actor: Actor) -> None:
    """Forget a file that was not applied. Raises StorageAway."""
    delete_object(_path(actor, upload_id))


def apply_file(upload_id: uuid.UUID, actor: Actor) -> uuid.UUID:
    """Write what a file says, in one transaction, and return its delivery; the same file again gives the first one.

    Rows of villages that left the sender's region, or run other software no more, since the file was shown are left
    out and told among the refused. Raises Missing, StorageAway.
    """
    earlier = earlier_delivery(upload_id, actor)
    if earlier is not None:
        return earlier
    try:
        plan = kept_plan(upload_id, actor)
    except Missing:
        # Somebody else applied it between the two looks; what was kept goes once the delivery is there.
        earlier = earlier_delivery(upload_id, actor)
        if earlier is None:
            raise
        return earlier
    moment = now()
    ids = sorted({uuid.UUID(line[0]) for line in plan["figures"]})
    rows = _still_external(ids, actor)
    months, dropped = _by_month(plan["figures"], rows)
    refused = [*plan["refused"], *dropped]
    accepted = sum(len(values) for told in months.values() for values in told.values())
    delivery = uuid7()
    newest = max(months, default=None)
    villages = len({ident for told in months.values() for ident in told})
    first_row: dict[str, Any] = {
        "id": delivery,
        "way": "csv",
        "origin": str(actor.account_id),
        "tenant_id": None,
        "file_id": None,
        "period": newest,
        "region_code": actor.region_code or "",
        "idempotency_key": str(upload_id),
        "digest": bytes.fromhex(plan["digest"]),
        "sent_by": actor.name,
        "received_at": moment,
        "accepted": accepted,
        "refused": refused[:KEPT_REFUSED],
        "answer": {
            "file_name": plan["file_name"],
            "header": plan["header"],
            "rows": plan["rows"],
            "empty": plan["empty"],
            "refused": len(refused),
            "villages": villages,
            "months": sorted(first.isoformat()[:7] for first in months),
        },
    }
    if not _claim(first_row):
        db.session.rollback()
        repeated = earlier_delivery(upload_id, actor)
        assert repeated is not None
        return repeated
    parts = _parts(months, rows, first_row)
    if parts:
        db.session.execute(insert(ExternalDelivery), parts)
    last: dict[uuid.UUID, dt.datetime] = {}
    for first in sorted(months):
        write_many(month_of(first, moment), months[first], source="csv")
        for ident, values in months[first].items():
            if LAST_ACTIVITY in values:
                told = dt.datetime.fromtimestamp(values[LAST_ACTIVITY].value, dt.UTC)
                last[ident] = max(told, last.get(ident, told))
    _note_use(last)
    audit.record(
        "external.file_applied", object_type="delivery", object_id=delivery, summary=plan["file_name"],
        details={"accepted": accepted, "refused": len(refused), "villages": villages},
    )  # fmt: skip
    db.session.commit()
    give_up(upload_id, actor)
    return delivery


Months = dict[dt.date, dict[uuid.UUID, dict[str, Value]]]


def _still_external(ids: list[uuid.UUID], actor: Actor) -> dict[uuid.UUID, TenantRow]:
    query = select(TenantRow).where(
        within(actor.region_code), TenantRow.id.in_(ids), TenantRow.software.is_not(None)
    )
    return {
        row.id: row
        for row in db.session.scalars(query.order_by(TenantRow.id).with_for_update(key_share=True))
    }


def _by_month(
    figures: list[list[Any]], rows: dict[uuid.UUID, TenantRow]
) -> tuple[Months, list[dict[str, Any]]]:
    months: Months = defaultdict(lambda: defaultdict(dict))
    dropped: list[dict[str, Any]] = []
    sentence = str(_("Desa ini tidak lagi dicatat memakai sistem lain di wilayah Anda."))
    for ident, month, code, value, top, bottom, buckets in figures:
        key = uuid.UUID(ident)
        if key not in rows:
            dropped.append(
                {"row": None, "column": "kode_desa", "reason": "not_external", "detail": sentence, "code": code,
                 "cells": []}
            )  # fmt: skip
            continue
        first = dt.date.fromisoformat(f"{month}-01")
        months[first][key][code] = Value(value, top, bottom, tuple(buckets) if buckets else None)
    return {first: dict(told) for first, told in months.items()}, dropped


def _claim(row: dict[str, Any]) -> bool:
    """Write a delivery's row in the open transaction; False when this person's same file was applied before."""
    made = (
        insert(ExternalDelivery)
        .values(**row)
        .on_conflict_do_nothing(constraint="uq_external_delivery_origin")
    )
    return db.session.scalar(made.returning(ExternalDelivery.id)) is not None


def _note_use(last: dict[uuid.UUID, dt.datetime]) -> None:
    """Say in the registry when villages last worked with their systems; never earlier than what stands there."""
    for tenant_id, moment in sorted(last.items()):
        db.session.execute(
            update(TenantRow)
            .where(TenantRow.id == tenant_id)
            .values(last_activity_at=func.greatest(TenantRow.last_activity_at, moment))
            .execution_options(synchronize_session=False)
        )


def _parts(months: Months, rows: dict[uuid.UUID, TenantRow], whole: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each village that the file told something of, so that its page shows it."""
    told: dict[uuid.UUID, list[dt.date]] = defaultdict(list)
    counts: dict[uuid.UUID, int] = defaultdict(int)
    for first, villages in months.items():
        for ident, values in villages.items():
            told[ident].append(first)
            counts[ident] += len(values)
    return [
        {
            **whole,
            "id": uuid7(),
            "tenant_id": ident,
            "file_id": whole["id"],
            "period": max(told[ident]),
            "region_code": rows[ident].code,
            "idempotency_key": f"{whole['idempotency_key']}:{rows[ident].code}",
            "accepted": counts[ident],
            "refused": [],
            "answer": {
                "file_name": whole["answer"]["file_name"],
                "months": sorted(first.isoformat()[:7] for first in told[ident]),
            },
        }
        for ident in sorted(told)
    ]


def sweep_plans(moment: dt.datetime) -> int:
    """Forget files that nobody applied for two days; returns how many. Raises StorageAway."""
    old = list_objects(platform_path("external"), older_than=moment - dt.timedelta(hours=KEPT_HOURS))
    for path in old:
        delete_object(path)
    return len(old)


def plain_name(name: str) -> str:
    """A file's name without its folders and what can't be shown."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable()).strip()[:120] or "berkas"


def _path(actor: Actor, upload_id: uuid.UUID) -> str:
    return platform_path("external", str(actor.account_id), f"{upload_id}.z")


__all__ = [
    "StorageAway",
    "apply_file",
    "earlier_delivery",
    "give_up",
    "kept_plan",
    "plain_name",
    "read_file",
    "sweep_plans",
]
