"""What is wrong or strange with a resident: each its own sentence, an error or a warning."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from flask import Flask
from marshmallow import ValidationError

from app.government.residents import codes
from app.government.residents.register.known import Everybody
from app.government.residents.register.rules import Finding, Person, findings, household_findings
from app.government.residents.register.schemas import HouseholdSchema, ResidentSchema
from app.government.residents.register.words import code_of

TODAY = dt.date(2026, 11, 22)
HOME, OTHER_HOME = uuid.UUID(int=1), uuid.UUID(int=2)
HEAD = Person(uuid.UUID(int=11), "SUTRISNO", 1, dt.date(1980, 5, 17), 1, HOME)
WIFE = Person(uuid.UUID(int=12), "SITI AMINAH", 2, dt.date(1985, 2, 9), 3, HOME)
CHILD = Person(uuid.UUID(int=13), "DWI", 1, dt.date(2010, 8, 30), 4, HOME, True, "SUTRISNO", "SITI AMINAH")
NIK_OF_HEAD = "1806201705800001"


def _register(*people: Person) -> Everybody:
    everybody = Everybody(TODAY)
    for person in people:
        everybody.add(person, NIK_OF_HEAD if person is HEAD else "")
    return everybody


def _judged(
    app: Flask, values: dict[str, Any], *people: Person, own: Person | None = None
) -> dict[str, Finding]:
    with app.app_context():
        found = findings({"name": "BUDI", "sex": 1, **values}, _register(*people).but(own))
    return {finding.code: finding for finding in found}


FAMILY = (HEAD, WIFE, CHILD)
ERRORS: list[tuple[str, dict[str, Any], tuple[Person, ...]]] = [
    ("birth_in_future", {"birth_date": dt.date(2026, 11, 23)}, ()),
    (
        "death_before_birth",
        {"birth_date": dt.date(2000, 1, 2), "vital_status": 2, "vital_on": dt.date(2000, 1, 1)},
        (),
    ),
    ("status_in_future", {"vital_status": 2, "vital_on": dt.date(2027, 1, 1)}, ()),
    (
        "status_before_birth",
        {"birth_date": dt.date(2000, 1, 2), "vital_status": 3, "vital_on": dt.date(1999, 1, 1)},
        (),
    ),
    ("second_head", {"household_id": HOME, "relation": 1}, FAMILY),
    ("nik_taken", {"nik": NIK_OF_HEAD}, FAMILY),
    ("two_households", {"nik": NIK_OF_HEAD, "household_id": OTHER_HOME, "relation": 1}, FAMILY),
    ("nik_malformed", {"nik": "9906201705800001"}, ()),
    ("nik_malformed", {"nik": "1800001705800001"}, ()),
    ("nik_malformed", {"nik": "1806203502800001"}, ()),
    ("nik_malformed", {"nik": "1806201705800000"}, ()),
    ("own_parent", {"nik": "1806201705800002", "father_nik": "1806201705800002"}, ()),
    ("older_than_mother", {"birth_date": dt.date(1985, 2, 9), "household_id": HOME, "relation": 4}, FAMILY),
    ("older_than_father", {"birth_date": dt.date(1979, 1, 1), "household_id": HOME, "relation": 4}, FAMILY),
    ("older_than_father", {"birth_date": dt.date(1979, 1, 1), "father_nik": NIK_OF_HEAD}, FAMILY),
    ("married_before_birth", {"birth_date": dt.date(2000, 1, 1), "married_on": dt.date(1999, 1, 1)}, ()),
    ("married_on_in_future", {"married_on": dt.date(2027, 1, 1)}, ()),
    ("divorced_on_in_future", {"divorced_on": dt.date(2027, 1, 1)}, ()),
    ("divorced_before_marriage", {"married_on": dt.date(2010, 1, 1), "divorced_on": dt.date(2009, 1, 1)}, ()),
]
WARNINGS: list[tuple[str, dict[str, Any], tuple[Person, ...]]] = [
    ("implausible_age", {"birth_date": dt.date(1905, 1, 1)}, ()),
    ("nik_other_birth_date", {"nik": "1806201705800002", "birth_date": dt.date(1980, 5, 18)}, ()),
    ("nik_other_sex", {"nik": "1806205705800002", "birth_date": dt.date(1980, 5, 17)}, ()),
    ("possible_duplicate", {"name": "sutrisno", "birth_date": HEAD.birth_date}, FAMILY),
    ("relation_unknown", {"household_id": HOME}, FAMILY),
    ("sole_member_not_head", {"household_id": OTHER_HOME, "relation": 4}, FAMILY),
    ("no_head", {"household_id": HOME, "relation": 4}, (WIFE, CHILD)),
    ("husband_is_woman", {"household_id": HOME, "relation": 2, "sex": 2}, FAMILY),
    ("wife_is_man", {"household_id": HOME, "relation": 3}, FAMILY),
    ("spouse_same_sex", {"household_id": HOME, "relation": 2}, FAMILY),
    ("young_mother", {"birth_date": dt.date(1995, 1, 1), "household_id": HOME, "relation": 4}, FAMILY),
    ("young_father", {"birth_date": dt.date(1991, 1, 1), "father_nik": NIK_OF_HEAD}, FAMILY),
    ("spouse_unmarried", {"household_id": HOME, "relation": 2, "marital_status": 1}, FAMILY),
    ("married_young", {"birth_date": dt.date(2014, 1, 1), "marital_status": 2}, ()),
    ("health_unlikely", {"pregnant": True}, ()),
]


@pytest.mark.parametrize(("code", "values", "people"), ERRORS)
def test_what_can_not_be_is_an_error(
    app: Flask, code: str, values: dict[str, Any], people: tuple[Person, ...]
) -> None:
    assert _judged(app, values, *people)[code].is_error


@pytest.mark.parametrize(("code", "values", "people"), WARNINGS)
def test_what_is_unusual_is_a_warning(
    app: Flask, code: str, values: dict[str, Any], people: tuple[Person, ...]
) -> None:
    assert not _judged(app, values, *people)[code].is_error


def test_each_finding_has_its_own_sentence_and_none_holds_a_whole_nik(app: Flask) -> None:
    sentences: dict[str, str] = {}
    for code, values, people in [*ERRORS, *WARNINGS]:
        sentence = _judged(app, values, *people)[code].sentence
        assert sentence.endswith(".")
        assert NIK_OF_HEAD not in sentence
        assert sentences.setdefault(sentence, code) in (code, "married_on_in_future")
    assert len(sentences) >= len({code for code, *_rest in [*ERRORS, *WARNINGS]}) - 1


@pytest.mark.parametrize(
    "values",
    [
        {"nik": NIK_OF_HEAD, "sex": 1, "birth_date": dt.date(1980, 5, 17)},
        {"nik": "1806205702850001", "sex": 2, "birth_date": dt.date(1985, 2, 17)},
        {"nik": "0806203502800000", "birth_date": dt.date(1990, 1, 1)},
        {"nik": NIK_OF_HEAD.replace("80", "21"), "birth_date": dt.date(1921, 5, 17), "sex": 1},
        {"birth_date": TODAY},
        {"household_id": OTHER_HOME, "relation": 1},
        {"household_id": HOME, "relation": 4, "birth_date": dt.date(2015, 1, 1)},
        {"household_id": HOME, "relation": 4, "birth_date": dt.date(1984, 1, 1), "mother_name": "IBU LAIN",
         "father_name": "BAPAK LAIN"},
        {"vital_status": 2, "nik": NIK_OF_HEAD, "household_id": HOME, "relation": 1},
        {},
    ],
)  # fmt: skip
def test_what_is_usual_or_unknown_says_nothing(app: Flask, values: dict[str, Any]) -> None:
    people = () if values.get("nik") and values.get("vital_status") != 2 else FAMILY
    assert not _judged(app, values, *people)


def test_a_mother_is_not_made_younger_than_her_own_child(app: Flask) -> None:
    values = {"name": WIFE.name, "sex": 2, "household_id": HOME, "relation": 3, "marital_status": 2}
    younger = {**values, "birth_date": dt.date(2011, 1, 1), "marital_status": 1}
    assert _judged(app, younger, *FAMILY, own=WIFE)["older_child"].is_error
    step = {**younger, "name": "IBU TIRI"}
    assert "older_child" not in _judged(app, step, *FAMILY, own=WIFE)


def test_who_is_corrected_does_not_stand_in_their_own_way(app: Flask) -> None:
    values = {
        "name": HEAD.name,
        "nik": NIK_OF_HEAD,
        "birth_date": HEAD.birth_date,
        "household_id": HOME,
        "relation": 1,
    }
    assert not _judged(app, values, *FAMILY, own=HEAD)


def test_errors_come_first_and_lead_to_whom_they_are_about(app: Flask) -> None:
    values = {"nik": NIK_OF_HEAD, "birth_date": dt.date(1980, 5, 18)}
    found = list(_judged(app, values, *FAMILY).values())
    assert [finding.level for finding in found] == ["error", "warning"]
    assert found[0].resident_id == HEAD.id


def test_a_card_number_belongs_to_one_household(app: Flask) -> None:
    with app.app_context():
        found = household_findings({"kk": "1806200203150001"}, TODAY, (HOME, "SUTRISNO"))
        late = household_findings({"issued_on": dt.date(2027, 1, 1)}, TODAY, None)
    assert [(f.code, f.household_id) for f in found] == [("kk_taken", HOME)]
    assert [f.code for f in late] == ["issued_in_future"]


def _refusal(schema: type, **values: Any) -> dict[str, str]:
    try:
        schema().load({"name": "BUDI", "sex": 1, **values} if schema is ResidentSchema else values)
    except ValidationError as error:
        found = error.messages_dict.items()
        return {name: " ".join(said) if isinstance(said, list) else str(said) for name, said in found}
    return {}


def test_numbers_of_another_length_and_unknown_codes_have_their_own_sentences(app: Flask) -> None:
    with app.app_context():
        assert _refusal(HouseholdSchema, kk="180620020315001") == {
            "kk": "Nomor KK harus 16 angka; yang ini 15 angka."
        }
        assert "bukan" not in _refusal(ResidentSchema, nik="18062017058000012")["nik"]
        assert "17 angka" in _refusal(ResidentSchema, nik="18062017058000012")["nik"]
        assert (
            "“Vulkan” tidak ada dalam daftar Agama" in _refusal(ResidentSchema, religion="Vulkan")["religion"]
        )
        assert "1.23E+15" in _refusal(ResidentSchema, nik="1.23E+15")["nik"]
        assert "terakhirnya hilang" in _refusal(ResidentSchema, nik=1806201705800010.0)["nik"]
        assert "luar Indonesia" in _refusal(ResidentSchema, latitude="105")["latitude"]
        assert "tidak disandikan" in _refusal(ResidentSchema, notes=f"lihat {NIK_OF_HEAD}")["notes"]
        assert not _refusal(ResidentSchema, nik="1806 2017.0580-0001", sex="lk", marital_status="K")
        assert not _refusal(
            ResidentSchema, nik="0", birth_place="-", birth_date="-", religion="-", email=None
        )


def test_every_list_understands_its_own_codes_and_words(app: Flask) -> None:
    with app.app_context():
        for column, words in codes.LISTS.items():
            for code, word in words.items():
                for written in (code, float(code), str(code), f"{code:02d}", str(word).upper(), f" {word} "):
                    assert code_of(column, written) == code, (column, written)
            assert code_of(column, 98) is None
            assert code_of(column, True) is None
