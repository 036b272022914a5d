"""Taking what a village's own system pushes: judged before, written once, whatever comes twice or at once."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import redis
from flask_babel import gettext as _
from sqlalchemy import select, text

from app.core import audit
from app.core.indicators.adoption import LAST_ACTIVITY
from app.core.indicators.declarations import Period, Value, period_of
from app.core.indicators.models import IndicatorValue
from app.core.indicators.services import write_values
from app.extensions import cache, db
from app.province.external.judging import Problem, judge_activity, judge_values, pushable, unequal_sums
from app.province.external.models import ExternalDelivery
from app.province.external.services.keys import KeyActor
from tenants.ids import uuid7
from tenants.keys import platform_key
from tenants.models import now

TOUCH_EVERY = dt.timedelta(minutes=5)
ONCE_SECONDS = 3600
"""A program that goes on naming another village is noted once an hour for each that it names."""


class KeyUsedOtherwise(Exception):
    """The idempotency key stands for a delivery with another body."""


class OtherVillage(Exception):
    """The key belongs to another village than the delivery names."""


def receive(actor: KeyActor, key: str, digest: bytes, sent: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Write the valid values of a delivery and answer what was taken and what was not; commits.

    Args:
        actor: the system that sends.
        key: its own name of this delivery. digest: SHA-256 of the body.
        sent: what `PushSchema` loaded.

    Returns the answer, and whether it is that of an earlier time: then nothing was written. Two at once write once,
    since the second waits for the first one's row. Raises OtherVillage, which is noted, and KeyUsedOtherwise.
    """
    if sent["village"] != actor.village_code:
        _note_other_village(actor, sent["village"])
        raise OtherVillage
    moment = now()
    known = pushable()
    values, refused = judge_values(sent["values"], known, moment)
    for code, sentence in unequal_sums({code: one.value for code, one in values.items()}).items():
        refused.append(Problem(_place(code, sent["values"]), code, "value", "does_not_add_up", sentence))
        del values[code]
    activity, last, wrong = judge_activity(sent["activity"], known, moment)
    for code in activity.keys() & values.keys():
        sentence = str(_("Angka ini sudah ada di “activity” kiriman yang sama."))
        refused.append(Problem(_place(code, sent["values"]), code, "code", "twice", sentence))
    values |= activity
    assert actor.tenant_id is not None
    # A clock that is ahead would keep what is sent next from being written: no figure is newer than its arrival.
    period = month_of(dt.date.fromisoformat(f"{sent['period']}-01"), min(sent["as_of"] or moment, moment))
    if sent["as_of"] is not None:
        for code in _newer(actor.tenant_id, period, values):
            refused.append(_older(code, sent["values"]))
            del values[code]
    delivery = uuid7()
    answer: dict[str, Any] = {
        "delivery": str(delivery),
        "village": actor.village_code,
        "period": sent["period"],
        "as_of": period.moment.isoformat(),
        "accepted": sorted(values),
        "refused": [problem.as_data() for problem in (*refused, *wrong)],
    }
    given = {
        "id": delivery,
        "origin": str(actor.account_id),
        "key_id": actor.account_id,
        "tenant_id": actor.tenant_id,
        "period": period.first,
        "region_code": actor.village_code,
        "idempotency_key": key,
        "digest": digest,
        "sent_by": f"{actor.software} · {actor.shown}…",
        "moment": moment,
        "untouched": moment - TOUCH_EVERY,
        "accepted": len(values),
        "refused": json.dumps(answer["refused"]),
        "answer": json.dumps(answer),
        "last": last if LAST_ACTIVITY in values else None,
    }
    claimed = db.session.execute(_CLAIM, given).one_or_none()
    if claimed is None:
        return _earlier(actor, key, digest), True
    write_values(actor.tenant_id, period, values, source="push", is_open=claimed.is_open)
    db.session.commit()
    return answer, False


# One statement for what a delivery leaves besides its figures. The village is locked before its figures are written,
# as it is for a file, so that neither waits for the other for ever.
_CLAIM = text(
    """
    WITH claimed AS (
      INSERT INTO platform.external_delivery
        (id, way, origin, tenant_id, period, region_code, idempotency_key, digest, sent_by, received_at, accepted,
         refused, answer)
      VALUES (:id, 'push', :origin, :tenant_id, :period, :region_code, :idempotency_key, :digest, :sent_by, :moment,
        :accepted, CAST(:refused AS jsonb), CAST(:answer AS jsonb))
      ON CONFLICT ON CONSTRAINT uq_external_delivery_origin DO NOTHING
      RETURNING id
    ), used AS (
      UPDATE platform.external_key SET last_used_at = :moment
      WHERE id = :key_id AND (last_used_at IS NULL OR last_used_at < :untouched) AND EXISTS (SELECT FROM claimed)
    ), active AS (
      UPDATE platform.tenant SET last_activity_at = greatest(last_activity_at, CAST(:last AS timestamptz))
      WHERE id = :tenant_id AND CAST(:last AS timestamptz) IS NOT NULL AND EXISTS (SELECT FROM claimed)
    )
    SELECT id, EXISTS (SELECT FROM platform.indicator_value v WHERE v.period = :period) AS is_open FROM claimed
    """
)


def month_of(first: dt.date, as_of: dt.datetime) -> Period:
    """The month that begins on `first`, with the stamp that its figures are to bear."""
    middle = dt.datetime(first.year, first.month, 15, tzinfo=dt.UTC)
    return replace(period_of(middle), moment=as_of.astimezone(dt.UTC))


def _earlier(actor: KeyActor, key: str, digest: bytes) -> dict[str, Any]:
    found = db.session.execute(
        select(ExternalDelivery.digest, ExternalDelivery.answer).where(
            ExternalDelivery.origin == str(actor.account_id), ExternalDelivery.idempotency_key == key
        )
    ).one()
    db.session.rollback()
    if bytes(found.digest) != digest:
        raise KeyUsedOtherwise
    answer: dict[str, Any] = found.answer
    return answer


def _newer(tenant_id: uuid.UUID, period: Period, values: Mapping[str, Value]) -> list[str]:
    """Codes whose figures stand there with a later stamp than is sent now."""
    query = select(IndicatorValue.code).where(
        IndicatorValue.period == period.first,
        IndicatorValue.tenant_id == tenant_id,
        IndicatorValue.code.in_(list(values)),
        IndicatorValue.as_of > period.moment,
    )
    return sorted(db.session.scalars(query))


def _place(code: str, items: list[Any]) -> int | None:
    return next((i for i, one in enumerate(items) if isinstance(one, dict) and one.get("code") == code), None)


def _older(code: str, items: list[Any]) -> Problem:
    index = _place(code, items)
    field = "as_of" if index is not None else f"activity.{code.partition('.')[2]}"
    return Problem(index, code, field, "older", str(_("Yang tersimpan lebih baru daripada kiriman ini.")))


def _note_other_village(actor: KeyActor, code: str) -> None:
    """Note in the audit log that a key was used for a village that it does not belong to. Commits."""

    def first(client: redis.Redis) -> bool:
        name = platform_key("external", "refused", str(actor.account_id), code)
        return bool(client.set(name, 1, nx=True, ex=ONCE_SECONDS))

    if not cache.try_ask(first, True):
        return
    audit.record(
        "external.refused",
        object_type="village",
        object_id=code,
        summary=code,
        details={"key": f"{actor.shown}…", "software": actor.software},
        tenant_id=actor.tenant_id,
    )
    db.session.commit()
