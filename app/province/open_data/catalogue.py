"""What is open, for people and for machines (DCAT 3, JSON-LD): titles, definitions, months, licence, addresses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask_babel import force_locale

from app.core.links import province_url
from app.province.open_data.publications import Opened
from app.province.programme import PROVINCE_CODE
from app.province.regions import frame_name
from app.province.wording import unit_words

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
LICENCE_NAME = "CC BY 4.0"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
LEVEL_CODES = {1: "province", 2: "regency", 3: "district", 4: "village"}
FORMATS = {"csv": "text/csv", "json": "application/json"}


def publisher() -> str:
    """Whose figures they are."""
    return f"Pemerintah {frame_name(PROVINCE_CODE)}"


def attribution() -> str:
    """How whoever uses them names the source."""
    return f"{publisher()}, Data Terbuka Siger, {province_url('open_data.page')}, {LICENCE_NAME}"


def meta_of(found: Opened, months: Sequence[dt.date], level: int, demo: bool) -> dict[str, Any]:
    """What a JSON file says of itself."""
    indicator = found.indicator
    with force_locale("id"):
        unit = unit_words(indicator)
    return {
        "code": indicator.code,
        "title": indicator.label,
        "title_en": indicator.label_en,
        "definition": indicator.definition,
        "version": indicator.version,
        "unit": unit,
        "level": level,
        "months": [f"{month:%Y-%m}" for month in months],
        "sensitive": indicator.sensitive,
        "hidden": "value null dengan reason: angka warga di bawah 5, dan angka yang dapat membukanya",
        "demo": demo,
        "note": "DATA CONTOH: sebagian atau semua angka dibuat untuk peragaan." if demo else "",
        "publisher": publisher(),
        "license": LICENCE,
        "attribution": attribution(),
        "catalogue": province_url("open_data.machine_catalogue"),
    }


def as_dcat(opened: Sequence[Opened]) -> dict[str, Any]:
    """The catalogue as JSON-LD."""
    page = province_url("open_data.page")
    organisation = {"@type": "foaf:Organization", "foaf:name": publisher()}
    return {
        "@context": CONTEXT,
        "@id": page,
        "@type": "dcat:Catalog",
        "dct:title": [
            {"@value": f"Data Terbuka Siger {frame_name(PROVINCE_CODE)}", "@language": "id"},
        ],
        "dct:publisher": organisation,
        "dct:license": {"@id": LICENCE},
        "dct:language": "id",
        "foaf:homepage": {"@id": page},
        "dcat:dataset": [_dataset(one, organisation) for one in opened],
    }


def _dataset(one: Opened, organisation: dict[str, Any]) -> dict[str, Any]:
    code = one.indicator.code
    with force_locale("id"):
        unit = unit_words(one.indicator)
    described: dict[str, Any] = {
        "@id": f"{province_url('open_data.page')}#{code}",
        "@type": "dcat:Dataset",
        "dct:identifier": code,
        "dct:title": [
            {"@value": one.indicator.label, "@language": "id"},
            {"@value": one.indicator.label_en, "@language": "en"},
        ],
        "dct:description": [{"@value": one.indicator.definition or one.indicator.label, "@language": "id"}],
        "dcat:keyword": [one.indicator.pillar, unit, *(["data contoh"] if one.demo else [])],
        "dcat:spatialResolution": LEVEL_CODES[one.level],
        "dct:spatial": frame_name(PROVINCE_CODE),
        "dct:accrualPeriodicity": {
            "@id": "http://publications.europa.eu/resource/authority/frequency/MONTHLY"
        },
        "dct:issued": {"@value": one.published_at.isoformat(timespec="seconds"), "@type": "xsd:dateTime"},
        "dct:publisher": organisation,
        "dct:license": {"@id": LICENCE},
        "dct:rights": attribution(),
        "dcat:version": str(one.indicator.version),
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dcat:downloadURL": {"@id": province_url("open_data.dataset", code=code, shape=shape)},
                "dcat:mediaType": media_type,
                "dct:license": {"@id": LICENCE},
            }
            for shape, media_type in FORMATS.items()
        ],
    }
    if one.first and one.last and one.updated:
        described["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": f"{one.first:%Y-%m}", "@type": "xsd:gYearMonth"},
            "dcat:endDate": {"@value": f"{one.last:%Y-%m}", "@type": "xsd:gYearMonth"},
        }
        described["dct:modified"] = {
            "@value": one.updated.isoformat(timespec="seconds"), "@type": "xsd:dateTime"
        }  # fmt: skip
    return described
