"""Letter types: what is shipped can be used as it is; fields say what is wrong; merging is Indonesian."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict

from app.core.village.errors import Missing
from app.extensions import db
from app.government.letters.markup import check
from app.government.letters.models import LetterType
from app.government.letters.types import (
    LetterKind,
    check_form,
    check_values,
    letter_type,
    letter_types,
    merge_names,
    merge_values,
    person_of,
    sample_form,
    sample_person,
    with_people,
)
from app.government.letters.types.kinds import BrokenKind, Column, Field, definition_of, kind_from
from app.government.letters.types.sampling import sample_pdf
from app.government.letters.types.shipped import FOLDER, shipped_kinds
from tenants.scope import Tenant, tenant_scope
from tests.support.pdf_text import pdf_text, squeezed
from tests.support.residents import a_family, a_resident

CODES = sorted(path.stem.partition("-")[2].replace("-", "_") for path in FOLDER.glob("*.toml"))
DAY = {"date": dt.date(2026, 11, 22)}
CATALOGUE = {
    "145": 1, "300": 1, "331": 1, "400": 1, "401": 1, "470": 5, "471": 3, "472": 2, "474": 1, "475": 2, "474.2": 8,
    "474.3": 1, "474.4": 1, "474.5": 1, "500": 1, "503": 1, "510": 1, "590": 1, "593": 1, "800": 1, "090": 1,
    "094": 1, "005": 1, "141": 1,
}  # fmt: skip
"""How many letters of each code the catalogue has (domain: letters)."""


def _kind(*fields: Field) -> LetterKind:
    return LetterKind("x", "Surat", "470", "1", True, "desa", "living", fields, (), "{{nama}}")


def test_the_whole_catalogue_is_shipped() -> None:
    counts: dict[str, int] = {}
    for kind in shipped_kinds().values():
        counts[kind.classification] = counts.get(kind.classification, 0) + 1
    assert counts == CATALOGUE
    assert {"nikah_n1", "nikah_n2", "nikah_n4", "nikah_n5", "nikah_n6"} <= set(shipped_kinds())


@pytest.mark.parametrize("code", CODES)
def test_a_shipped_letter_can_be_used_as_it_is(app: Flask, village: Tenant, code: str) -> None:
    kind = shipped_kinds()[code]
    with app.test_request_context(), tenant_scope(village):
        assert check(kind.body, merge_names(kind)) == []
        checked = check_form(kind, MultiDict(sample_form(kind)))
        assert checked.errors == {}
        text = pdf_text(sample_pdf(kind))
    if kind.about != "none":
        assert squeezed("SITI AMINAH") in text
    assert squeezed(village.name.upper()) in text
    assert "{{" not in text
    assert "{%" not in text
    again = kind_from(definition_of(kind), code=code, version="1", is_own=False, body=kind.body)
    assert again == kind


def test_every_letter_says_what_it_asks_for() -> None:
    around = {"official": {"kepada", "perihal", "sifat", "lampiran"}}
    for kind in shipped_kinds().values():
        for field in kind.fields:
            if field.name in around.get(kind.layout, ()):
                continue
            assert field.name in kind.body, (kind.code, field.name)


def test_a_letter_speaks_the_village_s_own_words(app: Flask, village: Tenant) -> None:
    with app.test_request_context(), tenant_scope(village):
        decree = letter_type("sk_kepala_desa")
        values = merge_values(letter_type("domisili"), sample_person(), {}, DAY)
    assert decree.title == f"Keputusan {village.word('head')} {village.name}"
    assert values["sebutan_desa"] == village.term
    assert values["kecamatan"] == village.region_path[0]


def test_letters_are_indonesian_whatever_the_screens_speak(app: Flask, village: Tenant) -> None:
    with app.test_request_context(), tenant_scope(village), force_locale("en"):
        kind = shipped_kinds()["penghasilan_orang_tua"]
        checked = check_form(kind, MultiDict({**sample_form(kind), "penghasilan": "Rp1.500.000"}))
        letter = merge_values(kind, sample_person(), checked.values, DAY)
    assert letter["penghasilan"] == "Rp1.500.000"
    assert letter["penghasilan_terbilang"] == "satu juta lima ratus ribu rupiah"
    assert letter["tanggal_surat"] == "22 November 2026"
    assert letter["hari_surat"] == "Minggu"
    assert letter["umur"] == "35 tahun"


def test_age_is_that_of_the_letter_s_day(app: Flask, village: Tenant) -> None:
    kind = shipped_kinds()["biodata_penduduk"]
    person = sample_person(birth_date="2000-11-22")
    with app.test_request_context(), tenant_scope(village):
        ages = [merge_values(kind, person, {}, {"date": dt.date(2026, 11, day)})["umur"] for day in (21, 22)]
    assert ages == ["25 tahun", "26 tahun"]


@pytest.mark.parametrize(
    ("kind", "typed", "meant"),
    [
        ("rupiah", "Rp 1.500.000,-", 1_500_000),
        ("rupiah", "1500000", 1_500_000),
        ("rupiah", "", None),
        ("integer", "3.200", 3200),
        ("number", "48,5", 48.5),
        ("date", "22-11-2026", "2026-11-22"),
        ("date", "2026-11-22", "2026-11-22"),
        ("time", "8.30", "08:30"),
        ("yes_no", "1", True),
        ("yes_no", "", False),
        ("line", "  a   b ", "a b"),
    ],
)
def test_a_field_reads_what_people_type(app: Flask, kind: str, typed: str, meant: object) -> None:
    with app.test_request_context():
        checked = check_form(_kind(Field("isi", "Isi", kind, required=False)), MultiDict({"isi": typed}))
    assert checked.errors == {}
    assert checked.values["isi"] == meant


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("rupiah", "1,5 juta"),
        ("rupiah", "-5"),
        ("integer", "tiga"),
        ("number", "1e9"),
        ("date", "31-02-2026"),
        ("time", "25.00"),
        ("choice", "lain"),
        ("line", "x" * 201),
        ("resident", "bukan-uuid"),
    ],
)
def test_a_field_says_what_is_wrong(app: Flask, kind: str, typed: str) -> None:
    with app.test_request_context():
        field = Field("isi", "Isi", kind, choices=("a", "b") if kind == "choice" else ())
        checked = check_form(_kind(field), MultiDict({"isi": typed}))
    assert list(checked.errors) == ["isi"]
    assert checked.errors["isi"][0].endswith(".")


@pytest.mark.parametrize(
    "kind", ["line", "text", "date", "time", "integer", "number", "rupiah", "choice", "table"]
)
def test_what_is_needed_can_not_be_left_out(app: Flask, kind: str) -> None:
    field = Field("isi", "Isi", kind, choices=("a",), columns=(Column("nama", "Nama"),))
    with app.test_request_context():
        assert "isi" in check_form(_kind(field), MultiDict()).errors


def test_a_person_needs_a_name_and_sixteen_digits(app: Flask) -> None:
    kind = _kind(Field("ayah", "Ayah", "person"))
    with app.test_request_context():
        assert "ayah.name" in check_form(kind, MultiDict({"ayah.nik": "123"})).errors
        assert "ayah.nik" in check_form(kind, MultiDict({"ayah.name": "BUDI", "ayah.nik": "123"})).errors
        assert check_form(kind, MultiDict({"ayah.name": "BUDI"})).errors == {}


def _heirs(*shares: str) -> MultiDict[str, str]:
    form: dict[str, str] = sample_form(shipped_kinds()["ahli_waris"])
    form = {name: text for name, text in form.items() if not name.startswith("ahli_waris.")}
    for at, share in enumerate(shares):
        form |= {f"ahli_waris.{at}.nama": f"ANAK {at}", f"ahli_waris.{at}.hubungan": "anak"}
        form[f"ahli_waris.{at}.bagian"] = share
    return MultiDict(form)


@pytest.mark.parametrize("shares", [("1/2", "1/2"), ("1/8", "7/16", "7/16"), ("50%", "0,5"), ("", "")])
def test_heirs_take_the_whole(app: Flask, shares: tuple[str, ...]) -> None:
    with app.test_request_context():
        assert check_form(shipped_kinds()["ahli_waris"], _heirs(*shares)).errors == {}


@pytest.mark.parametrize("shares", [("1/2", "1/3"), ("1/2", ""), ("1/0", "1"), ("2", "1/2")])
def test_shares_of_heirs_must_make_a_whole(app: Flask, shares: tuple[str, ...]) -> None:
    with app.test_request_context():
        errors = check_form(shipped_kinds()["ahli_waris"], _heirs(*shares)).errors
    assert errors
    assert all(name.startswith("ahli_waris") for name in errors)


def test_a_table_has_bounds_and_forgets_empty_rows(app: Flask) -> None:
    kind = _kind(Field("orang", "Orang", "table", columns=(Column("nama", "Nama"),), most=2))
    with app.test_request_context():
        found = check_form(kind, MultiDict({"orang.0.nama": "A", "orang.1.nama": " ", "orang.7.nama": "B"}))
        assert found.values["orang"] == [{"nama": "A"}, {"nama": "B"}]
        assert "orang" in check_values(kind, {"orang": [{"nama": str(n)} for n in range(3)]}).errors
        assert "orang" in check_values(kind, {"orang": "teks"}).errors


def test_the_holder_is_as_the_register_has_them(
    app: Flask, village: Tenant, count_queries: Callable[..., object]
) -> None:
    _household, (head, wife, _child) = a_family(app, village)
    with app.test_request_context(), tenant_scope(village):
        with count_queries(at_most=3):  # type: ignore[attr-defined]
            person = person_of(wife)
        assert person["head"] == person_of(head)["name"]
        assert len(person["nik"]) == len(person["kk"]) == 16
        assert person["sex"] == "Perempuan"
        assert person["marital_status"] == "Kawin"
        assert person["address"].endswith(village.full_name)
        with pytest.raises(Missing):
            person_of(uuid.uuid4())


def test_a_resident_in_a_field_is_looked_up_once(app: Flask, village: Tenant) -> None:
    resident = a_resident(app, village, name="RATNA DEWI", sex=2)
    kind = _kind(Field("anak", "Anak", "resident"))
    with app.test_request_context(), tenant_scope(village):
        values = with_people(kind, check_form(kind, MultiDict({"anak": str(resident)})).values)
        merged = merge_values(kind, sample_person(), values, DAY)
    assert values["anak"]["name"] == merged["anak"] == merged["anak_nama"] == "RATNA DEWI"
    assert merged["anak_nik"] == values["anak"]["nik"]


def test_types_take_one_query(app: Flask, village: Tenant, count_queries: Callable[..., object]) -> None:
    with app.test_request_context(), tenant_scope(village):
        letter_types()
        with count_queries(at_most=1):  # type: ignore[attr-defined]
            assert len(letter_types()) == len(CODES)


@pytest.mark.parametrize(
    ("definition", "body"),
    [
        ({"live": {"title": "", "classification": "1"}}, "isi"),
        ({"live": {"title": "A", "classification": "1", "fields": [{"name": "x"}]}}, "isi"),
        ({"live": {"title": "A", "classification": "1", "signer": "raja"}}, "isi"),
        ({"live": ["bukan", "susunan"]}, "isi"),
        ({"live": {"title": "A", "classification": "1"}}, "{% jika nama %} tanpa akhir"),
        ({"live": {"title": "A", "classification": "1", "fields": 5}}, "isi"),
    ],
)
def test_a_broken_type_never_stops_the_others(
    app: Flask, village: Tenant, definition: object, body: str
) -> None:
    with app.test_request_context(), tenant_scope(village):
        db.session.add(
            LetterType(code="rusak", title="Rusak", definition=definition, body=body, state="active")
        )
        db.session.commit()
        assert [kind.code for kind in letter_types()] == list(shipped_kinds())
        assert letter_type("domisili").code == "domisili"
        with pytest.raises(Missing):
            letter_type("rusak")


def test_a_definition_is_refused_where_it_can_not_be_read() -> None:
    for wrong in (
        {},
        {"title": "A"},
        {"title": "A", "classification": "1", "fields": [{"name": "a", "label": "A", "kind": "choice"}]},
    ):
        with pytest.raises(BrokenKind):
            kind_from(wrong, code="x", version="1", is_own=True, body="")
