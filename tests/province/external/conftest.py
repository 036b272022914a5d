"""Villages that run other software, each with a key of its own, and the files they send."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from app.core.hosting import SigerFlask
from app.core.indicators.models import IndicatorValue
from app.extensions import db
from app.province.external.services import keys, villages
from tenants.models import TenantRow
from tenants.scope import platform_scope
from tests.support.figures import month
from tests.support.programs import Program

REGENCY = "18.02"
"""Lampung Tengah, whose villages throwaway villages of other tests take last."""
PATH = "/api/v1/external/values"


@dataclass(frozen=True, slots=True)
class Outsider:
    """A village with other software and the program that holds its key."""

    app: SigerFlask
    id: uuid.UUID
    code: str
    name: str
    key: str

    def push(self, *values: Any, idempotency: str | None = None, key: str | None = None, **body: Any) -> Any:
        """Send values of this month, unless the body says something else."""
        sent = {"village": self.code, "period": f"{month():%Y-%m}", "values": list(values), **body}
        headers = {"Idempotency-Key": idempotency or uuid.uuid4().hex}
        return Program(self.app, "localhost", key or self.key).send("POST", PATH, sent, headers=headers)

    def stored(self, ago: int = 0) -> dict[str, IndicatorValue]:
        """What stands in the table of a month, without what the province itself tells of every village it trains."""
        with self.app.app_context(), platform_scope():
            rows = db.session.scalars(
                select(IndicatorValue).where(
                    IndicatorValue.tenant_id == self.id,
                    IndicatorValue.period == month(ago),
                    ~IndicatorValue.code.startswith("training."),
                )
            ).all()
            db.session.expunge_all()
            return {row.code: row for row in rows}


@pytest.fixture(scope="session")
def _outside_codes(app: SigerFlask) -> Iterator[str]:
    with app.app_context(), platform_scope():
        query = select(TenantRow.code).where(
            TenantRow.code.startswith(REGENCY), TenantRow.kind == "desa", TenantRow.schema_name.is_(None)
        )
        found = list(db.session.scalars(query.order_by(TenantRow.code)))
    return iter(found)


@pytest.fixture
def untouched(app: SigerFlask, _outside_codes: Iterator[str]) -> Callable[[], TenantRow]:
    """Makes villages that run nothing yet, one after another of Lampung Tengah."""

    def make() -> TenantRow:
        with app.app_context(), platform_scope():
            for code in _outside_codes:
                row = db.session.scalars(select(TenantRow).where(TenantRow.code == code)).one()
                if row.schema_name is None:
                    break
            db.session.expunge(row)
            return row

    return make


@pytest.fixture
def make_outsider(app: SigerFlask, untouched: Callable[[], TenantRow]) -> Callable[[], Outsider]:
    """Makes villages that run OpenSID."""

    def make() -> Outsider:
        row = untouched()
        with app.app_context(), platform_scope():
            villages.declare(row.id, "OpenSID")
            made = keys.make_key(row.id, days=90, made_by="uji")
        return Outsider(app, row.id, row.code, f"{row.term} {row.name}", made.text)

    return make


@pytest.fixture
def outsider(make_outsider: Callable[[], Outsider]) -> Outsider:
    """A village that runs OpenSID."""
    return make_outsider()


def key_on(page: str) -> str:
    """The key that a page shows."""
    found = re.search(r'<code id="token">([^<]+)</code>', page)
    assert found is not None
    return found[1]
