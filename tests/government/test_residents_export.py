"""Exporting residents: what is seen by whom, what the log keeps, and a round trip that loses nothing."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.audit.models import TenantAuditEntry
from app.core.privacy.vault import open_vault
from app.core.spreadsheets import Table, read_table
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents.exports.streams import RISKY, escaped
from app.government.residents.imports.columns import BY_HEADING
from app.government.residents.imports.values import unescaped
from app.government.residents.models import SEALED_FIELDS, Household, Resident
from app.government.residents.register.labels import HOUSEHOLD_LABELS, RESIDENT_LABELS
from tenants.scope import Tenant, tenant_scope
from tests.support.imports import carry_out
from tests.support.residents import a_clerk, a_family, a_household, a_nik, a_resident

Staff = Callable[..., Any]
REASON = "laporan ke kecamatan"


def export(clerk: Any, shape: str, **values: Any) -> Any:
    return clerk.submit("/penduduk/ekspor", {"shape": shape, "reason": REASON, **values}, buffered=True)


def as_table(app: Flask, data: bytes) -> Table:
    with app.test_request_context("/", base_url="http://localhost"):
        return read_table(data, "ekspor.xlsx", known=BY_HEADING)


def everything(app: Flask, village: Tenant) -> list[dict[str, Any]]:
    """Every field of every resident and of their households, in a form that tells nothing of ids."""
    with app.app_context(), tenant_scope(village):
        vault = open_vault()
        areas = {area.id: area for area in db.session.scalars(select(SubArea))}

        def way(area_id: Any) -> tuple[tuple[str, str], ...]:
            area = areas.get(area_id)
            return (*way(area.parent_id), (area.kind, area.name)) if area else ()

        homes = {}
        for home in db.session.scalars(select(Household)):
            values = {
                name: getattr(home, name) for name in HOUSEHOLD_LABELS if name not in ("kk", "sub_area_id")
            }
            kk = vault.open_json(home.box, f"household:{home.id}").get("kk", "")
            homes[home.id] = {
                **values,
                "kk": kk,
                "area": way(home.sub_area_id),
                "head": home.head_id,
                "state": home.state,
            }
        names = {person.id: person.name for person in db.session.scalars(select(Resident))}
        found = []
        for person in db.session.scalars(select(Resident)):
            sealed = vault.open_json(person.box, f"resident:{person.id}")
            kept = {name: getattr(person, name) for name in RESIDENT_LABELS if name not in SEALED_FIELDS}
            kept |= {name: sealed.get(name, "") for name in SEALED_FIELDS}
            home = dict(homes.get(kept.pop("household_id"), {}))
            home["head"] = names.get(home.get("head"))
            extra = {
                "order": person.household_order,
                "missing": person.missing_count,
                "nik_state": person.nik_state,
            }
            found.append({**kept, "sub_area_id": way(person.sub_area_id), "home": home, **extra})
        return sorted(found, key=lambda one: (one["name"], str(one["birth_date"])))


def rich_village(app: Flask, village: Tenant) -> None:
    """A village in which every field is filled somewhere, with names and texts that spreadsheets like to spoil."""
    with app.app_context(), tenant_scope(village):
        dusun = SubArea(kind="sub_area", name="Kampung Baru", sort_order=0)
        db.session.add(dusun)
        db.session.flush()
        rw = SubArea(kind="rw", name="001", parent_id=dusun.id, sort_order=0)
        db.session.add(rw)
        db.session.flush()
        rt = SubArea(kind="rt", name="007", parent_id=rw.id, sort_order=0)
        alone = SubArea(kind="rt", name="012", sort_order=1)
        db.session.add_all([rt, alone])
        db.session.commit()
        rt_id, rw_id, alone_id = rt.id, rw.id, alone.id
    home = a_household(
        app, village, address="@Jalan +1, \"Gang\" 'Kecil'", sub_area_id=rw_id, welfare_class=2, welfare_decile=10,
        house_condition=4, issued_on=dt.date(2019, 2, 28),
    )  # fmt: skip
    a_resident(
        app, village, name="H. MUH. NA'IM =SUM(A1)", sex=1, birth_date=dt.date(1900, 2, 28), birth_place="-Gisting",
        household_id=home, relation=1, religion=1, blood_type=6, marital_status=2, education=10, schooling=18,
        occupation=89, nationality=3, ethnic_group="Lampung Saibatin", father_name="'=Ayah", mother_name="''+Ibu",
        father_nik=a_nik(), mother_nik="0000000000000017", birth_certificate="00123", marriage_certificate="=7/2001",
        married_on=dt.date(1925, 12, 31), passport="0X123", passport_expires_on=dt.date(2031, 1, 1), kitas="0012",
        registered_address="Jalan A; B, C", current_address="+62 di luar", sub_area_id=rt_id, latitude=-5.123456,
        longitude=104.7, residence_status=3, reading=5, disability=2, illness=10, contraception=100, insurance=99,
        insurance_number="0001234567890", phone="0812-3456-7890", email="na.im@contoh.test", card=2, card_status=8,
        card_tag="0000123", notes="baris satu\nbaris dua; \"kutip\"",
    )  # fmt: skip
    a_resident(
        app, village, name="SITI ´ÉLOÏSE´", sex=2, birth_date=dt.date(1980, 2, 29), household_id=home, relation=3,
        marital_status=4, divorce_certificate="99", divorced_on=dt.date(2020, 6, 1), pregnant=True, contraception=99,
        sub_area_id=alone_id,
    )  # fmt: skip
    a_resident(app, village, name="BAYI", sex=2, birth_date=dt.date(2025, 1, 1), household_id=home, relation=4, nik="",
               pregnant=False)  # fmt: skip
    a_resident(app, village, name="SEMENTARA", sex=1, nik="0000000000000123", birth_date=None)
    without_card = a_household(app, village, kk="", address="Belum ber-KK")
    for number in (1, 2):
        a_resident(
            app,
            village,
            name=f"TANPA KK {number}",
            household_id=without_card,
            relation=number * 2 - 1,
            sex=number,
        )
    a_resident(app, village, name="SUDAH PINDAH", sex=1, vital_status=3, vital_on=dt.date(2024, 5, 6))


def test_the_exchange_format_comes_back_equal_in_every_field(
    app: Flask, make_village: Any, staff: Staff
) -> None:
    here, there = make_village(), make_village()
    rich_village(app, here)
    answer = export(staff(here), "exchange", vital_status="all")
    assert answer.status_code == 200, answer.text[:500]
    carry_out(app, staff(there), answer.data)
    before, after = everything(app, here), everything(app, there)
    assert len(before) == 7
    assert after == before
    filled = {name for one in before for name, value in one.items() if value not in (None, "", (), {})}
    assert filled >= set(RESIDENT_LABELS) - {"household_id"}


def test_the_exchange_format_again_on_the_same_village_changes_nothing(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    rich_village(app, village)
    clerk = staff(village)
    before = everything(app, village)
    url = carry_out(app, clerk, export(clerk, "exchange", vital_status="all").data)
    assert everything(app, village) == before
    assert "Tidak ada yang perlu diterapkan" in clerk.get(url).text


@given(st.text(min_size=1, max_size=30))
def test_no_text_is_a_formula_and_every_text_comes_back(text: str) -> None:
    kept = escaped(text)
    assert not kept.startswith(RISKY)
    printable = "".join(
        sign for sign in text if sign in "\t\r\n" or (sign >= " " and sign not in "\ufffe\uffff")
    )
    if printable == text:
        assert unescaped(kept) == text


@pytest.mark.parametrize("shape", ["xlsx", "csv"])
def test_formulas_in_names_are_harmless_in_lists(
    app: Flask, village: Tenant, staff: Staff, shape: str
) -> None:
    for name in ("=CMD|'/C calc'!A0", "+1", "-2+3", "@SUM(A1)"):
        a_resident(app, village, name=name)
    data = export(staff(village), shape).data
    if shape == "csv":
        cells = [
            cell for line in csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";") for cell in line
        ]
    else:
        cells = [cell for _number, line in as_table(app, data).rows for cell in line if isinstance(cell, str)]
        assert b"<f>" not in data
    assert not [cell for cell in cells if cell.startswith(RISKY)]
    assert "'=CMD|'/C calc'!A0" in cells


def test_a_filtered_list_holds_those_alone_and_in_its_order(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    for name, sex in (("CITRA", 2), ("ANI", 2), ("BUDI", 1)):
        a_resident(app, village, name=name, sex=sex)
    table = as_table(app, export(staff(village), "xlsx", sex="2", sort="-name").data)
    place = table.header.index("Nama lengkap")
    assert [cells[place] for _number, cells in table.rows] == ["CITRA", "ANI"]


def test_numbers_stand_in_clear_for_those_alone_who_may_see_them(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    a_family(app, village)
    a_resident(app, village, name="RINA", phone="0812-3456-7890", disability=2)
    seen = export(staff(village), "csv").data.decode("utf-8-sig")
    assert "0812-3456-7890" in seen
    assert "Netra/buta" in seen
    operator = export(staff(village, role="operator"), "csv").data.decode("utf-8-sig")
    assert "Disabilitas" not in operator.splitlines()[0]
    blind = a_clerk(app, village, "village.view", "residents.view", "residents.export")
    masked = export(blind, "csv").data.decode("utf-8-sig")
    assert "0812-3456-7890" not in masked
    assert not re.search(r"[0-9]{16}", masked)
    assert export(blind, "exchange").status_code == 422


def test_an_export_needs_a_reason_and_the_log_keeps_it_without_any_number(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    nik = a_nik(dt.date(1980, 5, 17))
    a_resident(app, village, name="RINA", nik=nik, birth_date=dt.date(1980, 5, 17))
    clerk = staff(village)
    refused = export(clerk, "csv", reason=" ")
    assert (refused.status_code, "Tulis untuk apa" in refused.text) == (422, True)
    export(clerk, "csv", reason=f"diminta dinas untuk {nik}")
    with app.app_context(), tenant_scope(village):
        query = select(TenantAuditEntry).where(TenantAuditEntry.action == "residents.exported")
        entry = db.session.scalars(query).one()
    assert (entry.details["count"], entry.details["in_clear"]) == (1, True)
    assert entry.details["reason"].startswith("diminta dinas")
    assert nik not in str(entry.details)


def test_who_may_not_export_gets_no_file(app: Flask, village: Tenant, staff: Staff) -> None:
    for role in ("section_staff", "council", "treasurer"):
        assert staff(village, role=role).get("/penduduk/ekspor").status_code == 403


def test_an_export_asks_the_database_a_few_times_however_long_it_is(
    app: Flask, village: Tenant, staff: Staff, count_queries: Any
) -> None:
    clerk = staff(village)
    for _number in range(12):
        a_resident(app, village)
    clerk.get("/penduduk/ekspor")
    with count_queries(at_most=22):
        table = as_table(app, export(clerk, "exchange").data)
    assert len(table.rows) == 12


def test_the_audit_log_never_says_whose_illness_was_exported(
    app: Flask, village: Tenant, staff: Staff
) -> None:
    a_resident(app, village, name="SAKIT", illness=2, disability=1)
    clerk = staff(village)
    for chosen in ({"illness": "2"}, {"disability": "1"}):
        assert "SAKIT" in export(clerk, "csv", sex="1", **chosen).text
    with app.app_context(), tenant_scope(village):
        kept = db.session.scalars(
            select(TenantAuditEntry.details).where(TenantAuditEntry.action == "residents.exported")
        )
        told = [details["filters"] for details in kept]
    assert told == [["Jenis kelamin: Laki-laki", "saringan kesehatan"]] * 2
