"""The import's fast ways say the same as the slow ones: fields as the schema, rows and ledger as `Writing`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError
from sqlalchemy import select

from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents import ledger
from app.government.residents.imports.columns import TARGETS
from app.government.residents.imports.values import column_readers, prepared
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.register.schemas import HouseholdSchema, ResidentSchema
from app.government.residents.writing import Writing
from tenants.scope import Tenant, tenant_scope
from tests.support.imports import FAMILY, HEADER, carry_out
from tests.support.workbooks import xlsx

OWN = (
    "id",
    "household_id",
    "box",
    "nik_index",
    "created_at",
    "updated_at",
    "sub_area_id",
    "head_id",
    "kk_index",
)
FIELDS = [
    t
    for t in TARGETS
    if t.field in (ResidentSchema().fields if t.kind == "resident" else HouseholdSchema().fields)
]
CELLS = st.one_of(
    st.none(), st.text(max_size=12), st.integers(-5, 10**16), st.floats(-200, 200), st.booleans(),
    st.sampled_from(["-", "0", "1", "L", "PR", "BK", "CM", "ISLAM", "1980-05-17", "17/05/1980", "31-02-1980", "1.8E+15",
                     "1806201705800011", "0812-3456-7890", "a@b.id", "-5.4", "Ya"]),
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(target=st.sampled_from(FIELDS), cell=CELLS)
def test_a_cell_is_what_the_schema_says_of_it(app: Flask, target: Any, cell: Any) -> None:
    schema: Any = ResidentSchema if target.kind == "resident" else HouseholdSchema
    with app.test_request_context("/", base_url="http://localhost"):
        reader = column_readers({0: target.name}, lambda _number: [cell])[0]
        found, error = reader.read(cell)
        assert reader.read(cell) == (found, error)
        value = prepared(cell, reader.field, reader.numbers_are_exact)
        if value is None:
            assert (found, error) == (None, "")
            return
        try:
            wanted = schema(partial=True).load({target.field: value})[target.field]
        except ValidationError as refused:
            told: Any = refused.messages_dict[target.field]
            sentences = told if isinstance(told, list) else [told]
            assert error == " ".join(str(sentence) for sentence in sentences)
        else:
            assert (found, error) == (None if wanted == "" else wanted, "")


def by_writing(app: Flask, village: Tenant) -> None:
    """The same family entered by the register's own way."""
    day = dt.date(2026, 1, 1)
    with app.app_context(), tenant_scope(village):
        writing = Writing(day)
        family = writing.add_household(
            "household_opening", {"kk": FAMILY[0][HEADER.index("no_kk")], "address": "JALAN DAMAR 3"}
        )
        for number, cells in enumerate(FAMILY, start=1):
            named = dict(zip(HEADER, cells, strict=True))
            person = writing.add_resident("opening", {
                "household_id": family.id, "household_order": number, "registered_address": named["alamat"],
                "name": named["nama"], "nik": named["nik"], "sex": named["sex"], "birth_place": named["tempatlahir"],
                "birth_date": dt.date.fromisoformat(named["tanggallahir"]), "religion": named["agama_id"],
                "education": named["pendidikan_kk_id"], "occupation": named["pekerjaan_id"],
                "marital_status": named["status_kawin"], "relation": named["kk_level"], "nationality": 1,
                "vital_status": 1,
                "father_name": named["nama_ayah"], "mother_name": named["nama_ibu"], "blood_type": 13,
            })  # fmt: skip
            if number == 1:
                family.head_id = person.id
        writing.finish()


def stands(app: Flask, village: Tenant) -> tuple[Any, ...]:
    """Everything that does not hang on ids and moments."""
    with app.app_context(), tenant_scope(village):
        vault = open_vault()

        def plain(row: Any) -> dict[str, Any]:
            return {c.key: getattr(row, c.key) for c in row.__table__.columns if c.key not in OWN}

        people = [
            (plain(p), vault.open_json(p.box, f"resident:{p.id}"), p.nik_index == vault.index("nik", vault.open_json(
                p.box, f"resident:{p.id}")["nik"]))
            for p in db.session.scalars(select(Resident).order_by(Resident.name))
        ]  # fmt: skip
        homes = [
            (plain(h), vault.open_json(h.box, f"household:{h.id}"), db.session.get(Resident, h.head_id).name)
            for h in db.session.scalars(select(Household))
        ]
        lines = []
        for line in db.session.scalars(select(LifeEvent)):
            noted = vault.open_json(line.box, f"life_event:{line.id}")
            after = {
                k: v for k, v in noted["after"].items() if k not in OWN and k not in ("state", "vital_status")
            }
            kept = (
                "kind",
                "happened_on",
                "reported_on",
                "month",
                "is_late",
                "from_cell",
                "to_cell",
                "version_after",
            )
            lines.append((*(getattr(line, name) for name in kept), noted["before"], after))
        report = ledger.report(dt.date(2026, 1, 1)).as_json()
        return people, homes, sorted(lines, key=lambda line: (line[0], line[-1].get("name", ""))), report


def test_bulk_rows_and_their_ledger_are_those_of_writing(
    app: Flask, make_village: Callable[[], Tenant], staff: Callable[..., Any]
) -> None:
    fast, slow = make_village(), make_village()
    header = [name for name in HEADER if name not in ("dusun", "rw", "rt")]
    rows = [[cell for name, cell in zip(HEADER, cells, strict=True) if name in header] for cells in FAMILY]
    carry_out(app, staff(fast), xlsx(("Data", [header, *rows])), happened_on="2026-01-01")
    by_writing(app, slow)
    for one, other in zip(stands(app, fast), stands(app, slow), strict=True):
        assert one == other


@pytest.mark.parametrize("cell", [1806201705800010, 1.80620170580001e15])
def test_a_number_whose_last_digit_a_spreadsheet_dropped_is_told_from_one_that_kept_it(
    app: Flask, cell: Any
) -> None:
    with app.test_request_context("/", base_url="http://localhost"):
        damaged = column_readers({0: "nik"}, lambda _number: [cell])[0].read(cell)
        kept = column_readers({0: "nik"}, lambda _number: [cell, 1806201705800011])[0].read(int(cell))
    assert "lembar kerja membulatkannya" in damaged[1]
    assert kept == (str(int(cell)), "")
