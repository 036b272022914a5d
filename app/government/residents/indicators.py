"""The population's figures (`pop.*`): two queries a village, one over the ledger and one over the register.

How many there are and what moved them follows from the ledger, traits follow from the register; that both agree is an
invariant of `writing`. A village whose ledger holds no line yet says nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.core.indicators.declarations import ZONE, Direction, Indicator, Period, Rollup, Unit, Value, ratio
from app.extensions import db
from app.government.residents import codes, derive, ledger
from app.government.residents.ledger import Figures
from app.government.residents.models import Resident

BPJS = (2, 3, 4)
"""Kinds of health insurance that are the national one (BPJS: PBI, not PBI, paid by the region)."""
MOVING = {
    "pop.births": "births",
    "pop.deaths": "deaths",
    "pop.moved_in": "moved_in",
    "pop.moved_out": "moved_out",
}
"""Code → row of the monthly report."""
GROWING = (*MOVING.values(), "returned", "gone")
"""Rows that make a population grow or shrink; an opening balance or a corrected record does not."""


def population(period: Period) -> Mapping[str, Value]:
    """All figures of the population in the month of `period`; traits as of its `moment`."""
    figures = ledger.reports(period.first, period.first)[0]
    if not figures.start and not figures.flows:
        return {}
    return {**from_ledger(figures), **_from_register(period.moment.astimezone(ZONE).date())}


def month_values(first: dt.date, last: dt.date) -> dict[dt.date, dict[str, Value]]:
    """Month → what the ledger alone tells of it, for the months in which the village had a ledger."""
    return {
        figures.month: from_ledger(figures)
        for figures in ledger.reports(first, last)
        if figures.start or figures.flows
    }


def from_ledger(figures: Figures) -> dict[str, Value]:
    """What a month's report says: how many there are at its end, and what happened in it."""
    end = figures.end
    found = {
        "pop.total": _count(ledger.people(end)),
        "pop.male": _count(ledger.men(end)),
        "pop.female": _count(ledger.women(end)),
        "pop.households": _count(ledger.households(end)),
    }
    for code, row in MOVING.items():
        found[code] = _count(abs(ledger.people(figures.flows.get(row, {}))))
    grown = sum(ledger.people(figures.flows.get(row, {})) for row in GROWING)
    stood = ledger.people(figures.start) + ledger.people(figures.flows.get("opening", {}))
    growth = ratio(grown, stood)
    return found | ({"pop.growth": growth} if growth else {})


def _from_register(today: dt.date) -> dict[str, Value]:
    """Ages and traits of those who are alive, in one select."""

    def of(condition: ColumnElement[bool]) -> Any:
        return func.count().filter(condition)

    query = select(
        func.count(),
        of(_aged(today, 0, 4)),
        of(_aged(today, 5, 17)),
        of(_aged(today, 18, 59)),
        of(_aged(today, 60, None)),
        of(_aged(today, 15, 64)),
        of(or_(_aged(today, 0, 14), _aged(today, 65, None))),
        of(Resident.nik_state != derive.NIK_FULL),
        of(Resident.birth_certificate == ""),
        of(Resident.disability != codes.NOT_DISABLED),
        of(Resident.insurance.in_(BPJS)),
        func.coalesce(func.sum(Resident.missing_count), 0),
    ).where(Resident.vital_status == codes.ALIVE)
    total, *bands, working, dependent, no_nik, no_certificate, disabled, insured, missing = (
        db.session.execute(query).one()
    )
    names = ("pop.age_0_4", "pop.age_5_17", "pop.age_18_59", "pop.age_60_plus")
    found = {name: _count(count) for name, count in zip(names, bands, strict=True)} | {
        "pop.working_age": _count(working),
        "pop.without_nik": _count(no_nik),
        "pop.without_birth_certificate": _count(no_certificate),
        "pop.disabled": _count(disabled),
        "pop.bpjs_covered": _count(insured),
    }
    wanted = total * len(derive.REQUIRED)
    for code, value in (
        ("pop.dependency_ratio", ratio(dependent, working)),
        ("pop.data_completeness", ratio(wanted - missing, wanted)),
    ):
        if value is not None:
            found[code] = value
    return found


def _aged(today: dt.date, youngest: int, oldest: int | None) -> ColumnElement[bool]:
    """Whether somebody's full years lie between two ages, both included."""
    born = Resident.birth_date <= _years_before(today, youngest)
    return born if oldest is None else and_(born, Resident.birth_date > _years_before(today, oldest + 1))


def _years_before(day: dt.date, years: int) -> dt.date:
    """The last birth date that is `years` full years old on a day; who was born on 29 February has it on 1 March."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return dt.date(day.year - years, 2, 28)


def _count(count: int) -> Value:
    return Value(float(count))


def _figure(
    code: str,
    label: str,
    label_en: str,
    unit: Unit = "people",
    direction: Direction = "neutral",
    *,
    flow: bool = False,
    rollup: Rollup = "sum",
    sensitive: bool = False,
) -> Indicator:
    definition, definition_en = DEFINITIONS[code]
    return Indicator(
        code, label, label_en, unit, "government", None, direction, "flow" if flow else "snapshot", rollup, sensitive,
        group=population, definition=definition, definition_en=definition_en,
    )  # fmt: skip


DEFINITIONS = {
    "pop.total": (
        "Penduduk yang hidup dan tercatat pada akhir bulan, WNI dan WNA, tetap dan sementara, menurut buku mutasi.",
        "Residents alive and registered at the end of the month, citizens and foreigners, permanent and temporary.",
    ),
    "pop.male": ("Penduduk laki-laki pada akhir bulan.", "Male residents at the end of the month."),
    "pop.female": ("Penduduk perempuan pada akhir bulan.", "Female residents at the end of the month."),
    "pop.households": (
        "Keluarga (kartu keluarga) yang punya anggota pada akhir bulan.",
        "Households (family cards) with members at the end of the month.",
    ),
    "pop.age_0_4": ("Penduduk berumur 0 sampai 4 tahun penuh.", "Residents aged 0 to 4 full years."),
    "pop.age_5_17": ("Penduduk berumur 5 sampai 17 tahun penuh.", "Residents aged 5 to 17 full years."),
    "pop.age_18_59": ("Penduduk berumur 18 sampai 59 tahun penuh.", "Residents aged 18 to 59 full years."),
    "pop.age_60_plus": (
        "Penduduk berumur 60 tahun ke atas, batas lanjut usia menurut UU 13/1998.",
        "Residents aged 60 and over, the limit of old age by Law 13/1998.",
    ),
    "pop.working_age": (
        "Penduduk berumur 15 sampai 64 tahun, batas usia kerja menurut BPS.",
        "Residents aged 15 to 64, working age as BPS has it.",
    ),
    "pop.dependency_ratio": (
        "Penduduk di bawah 15 dan di atas 64 tahun untuk setiap penduduk usia kerja (BPS).",
        "Residents under 15 and over 64 for each resident of working age (BPS).",
    ),
    "pop.births": ("Kelahiran yang tercatat dalam bulan itu.", "Births registered within the month."),
    "pop.deaths": ("Kematian yang tercatat dalam bulan itu.", "Deaths registered within the month."),
    "pop.moved_in": ("Penduduk yang datang dalam bulan itu.", "Residents who moved in within the month."),
    "pop.moved_out": ("Penduduk yang pindah dalam bulan itu.", "Residents who moved out within the month."),
    "pop.growth": (
        "Tambah atau kurangnya penduduk dalam bulan itu (lahir, mati, datang, pindah) dibanding awal bulan.",
        "How the population grew or shrank within the month (births, deaths, moves), by that of its beginning.",
    ),
    "pop.without_nik": (
        "Penduduk hidup yang belum punya NIK lengkap di catatan desa.",
        "Residents alive without a complete NIK in the village's register.",
    ),
    "pop.without_birth_certificate": (
        "Penduduk hidup tanpa nomor akta kelahiran di catatan desa.",
        "Residents alive without the number of a birth certificate in the village's register.",
    ),
    "pop.disabled": (
        "Penduduk hidup yang tercatat menyandang disabilitas.",
        "Residents alive who are registered with a disability.",
    ),
    "pop.bpjs_covered": (
        "Penduduk hidup yang tercatat sebagai peserta BPJS Kesehatan (PBI, bukan PBI, dibayar daerah).",
        "Residents alive who are registered as covered by BPJS Kesehatan (PBI, not PBI, paid by the region).",
    ),
    "pop.data_completeness": (
        "Bagian dari isian wajib data penduduk yang sudah terisi, untuk semua penduduk hidup.",
        "The part of the required fields that are filled, of all residents alive.",
    ),
}
"""What is counted, in Indonesian and English."""


INDICATORS = (
    _figure("pop.total", "Penduduk", "Residents"),
    _figure("pop.male", "Penduduk laki-laki", "Male residents"),
    _figure("pop.female", "Penduduk perempuan", "Female residents"),
    _figure("pop.households", "Keluarga", "Households", "households"),
    _figure("pop.age_0_4", "Umur 0–4 tahun", "Aged 0–4"),
    _figure("pop.age_5_17", "Umur 5–17 tahun", "Aged 5–17"),
    _figure("pop.age_18_59", "Umur 18–59 tahun", "Aged 18–59"),
    _figure("pop.age_60_plus", "Umur 60 tahun ke atas", "Aged 60 and over"),
    _figure("pop.working_age", "Usia kerja (15–64 tahun)", "Working age (15–64)"),
    _figure("pop.dependency_ratio", "Rasio ketergantungan", "Dependency ratio", "percent", "lower", rollup="ratio"),
    _figure("pop.births", "Kelahiran", "Births", flow=True),
    _figure("pop.deaths", "Kematian", "Deaths", flow=True),
    _figure("pop.moved_in", "Datang", "Moved in", flow=True),
    _figure("pop.moved_out", "Pindah", "Moved out", flow=True),
    _figure("pop.growth", "Pertumbuhan penduduk", "Population growth", "percent", flow=True, rollup="ratio"),
    _figure("pop.without_nik", "Belum punya NIK", "Without a NIK", direction="lower", sensitive=True),
    _figure(
        "pop.without_birth_certificate", "Tanpa akta kelahiran", "Without a birth certificate", direction="lower",
        sensitive=True,
    ),
    _figure("pop.disabled", "Penyandang disabilitas", "People with a disability", sensitive=True),
    _figure(
        "pop.bpjs_covered", "Peserta BPJS Kesehatan", "Covered by BPJS health insurance", direction="higher",
        sensitive=True,
    ),
    _figure(
        "pop.data_completeness", "Kelengkapan data penduduk", "Completeness of resident data", "percent", "higher",
        rollup="ratio",
    ),
)  # fmt: skip
"""`pop.working_age` and the dependency ratio (those under 15 and over 64 for each of working age) follow BPS."""
