"""Dates in letters: what happened is not still to come, what is planned is not decades away."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from app.core.ui.formats import ZONE
from app.government.letters.types.editing import definition_from
from app.government.letters.types.fields import check_form
from app.government.letters.types.kinds import BrokenKind, Column, Field, LetterKind, kind_from
from app.government.letters.types.samples import sample_form
from app.government.letters.types.shipped import shipped_kinds

DATED = [
    (kind.code, field.name)
    for kind in shipped_kinds().values()
    for field in kind.fields
    if field.kind == "date"
]
HAPPENED = {"tanggal_hilang", "tanggal_meninggal", "tanggal_lahir", "tanggal_lahir_anak"}


def day(days: int) -> str:
    return (dt.datetime.now(ZONE).date() + dt.timedelta(days=days)).isoformat()


def errors(kind: LetterKind, **typed: str) -> list[str]:
    found = check_form(kind, MultiDict({**sample_form(kind), **typed})).errors
    return [sentence for name in typed for sentence in found.get(name, [])]


@pytest.mark.parametrize(("code", "name"), DATED)
def test_no_shipped_letter_takes_an_absurd_date(app: Flask, code: str, name: str) -> None:
    kind = shipped_kinds()[code]
    field = kind.field(name)
    assert field is not None
    with app.test_request_context():
        assert errors(kind, **{name: "2199-05-01"})
        assert not errors(kind, **{name: day(0)})
        if name in HAPPENED:
            assert field.when == "past"
        if field.when == "past":
            assert errors(kind, **{name: day(1)}) == [
                "Tanggal ini belum terjadi. Periksa tanggal dan tahunnya."
            ]
            assert not errors(kind, **{name: "1990-05-01"})
        else:
            assert not errors(kind, **{name: day(300)})
            assert errors(kind, **{name: day(800)})
            assert errors(kind, **{name: "1990-05-01"})


def test_birthdays_are_never_still_to_come(app: Flask) -> None:
    heirs = Field("waris", "Waris", "table", columns=(Column("tanggal_lahir", "Tanggal lahir", "date"),))
    spouse = Field("pasangan", "Pasangan", "person", parts=("name", "birth_date"))
    kind = LetterKind("a", "A", "1", "desa-1", True, "desa", "none", (heirs, spouse), (), "isi")
    with app.test_request_context():
        typed = {"waris.0.tanggal_lahir": day(1), "pasangan.name": "Ratna", "pasangan.birth_date": day(1)}
        assert set(check_form(kind, MultiDict(typed)).errors) == {
            "waris.0.tanggal_lahir",
            "pasangan.birth_date",
        }


def test_a_villages_own_type_says_which_dates_it_takes(app: Flask) -> None:
    form = {
        "title": "Surat", "classification": "470", "field.0.label": "Tanggal kejadian", "field.0.kind": "date",
        "field.0.when": "past", "field.1.label": "Tanggal lain", "field.1.kind": "date", "field.1.when": "kapan",
    }  # fmt: skip
    definition = definition_from(MultiDict(form))
    assert [field["when"] for field in definition["fields"]] == ["past", ""]
    definition |= {"group": "desa", "about": "none", "signer": "head", "layout": "letter"}
    kind = kind_from(definition, code="a", version="desa-1", is_own=True, body="isi")
    with app.test_request_context():
        assert errors(kind, tanggal_kejadian=day(1))
        assert not errors(kind, tanggal_lain=day(1))
    with pytest.raises(BrokenKind):
        kind_from(
            {**definition, "fields": [{"name": "a", "label": "A", "kind": "date", "when": "kapan"}]},
            code="a", version="desa-1", is_own=True, body="",
        )  # fmt: skip
