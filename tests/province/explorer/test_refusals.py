"""Addresses with wrong, foreign or senseless parts: a sentence, a 404 that is audited, never a 500."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from app.core.audit.models import PlatformAuditEntry
from app.core.hosting import SigerFlask
from app.extensions import db
from tenants.scope import platform_scope
from tests.province.explorer.conftest import HERE
from tests.support.visitors import Visitor

Officer = Callable[..., Visitor]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("bulan=kemarin", "Bulan ditulis seperti 2026-11"),
        ("bulan=2026-00", "Bulan ditulis seperti 2026-11"),
        ("bulan=2099-12", "Bulan itu belum tiba"),
        ("tingkat=1", "Tingkat itu tidak berada di bawah Provinsi Lampung"),
        ("tingkat=2&wilayah=18.03", "Tingkat itu tidak berada di bawah Kabupaten Lampung Utara"),
        ("tingkat=4&wilayah=18.03.12.2001", "Di bawah desa atau kelurahan tidak ada tingkat lain"),
        ("jenis=kota", "Jenis yang diminta tidak dikenal"),
        ("urut=acak", "Urutan yang diminta tidak dikenal"),
        ("ukuran=karat", "Ukuran yang diminta tidak dikenal"),
        ("ukuran=bagian", "Ukuran itu tidak berlaku"),
    ],
)
def test_what_makes_no_sense_is_said_and_the_page_still_stands(
    officer: Officer, told: list[str], query: str, sentence: str
) -> None:
    somebody = officer("province_analyst")
    answer = somebody.get(f"/indikator/letters.issued?{query}")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Tentang indikator ini" in answer.text
    assert somebody.get(f"/indikator/letters.issued/unduh?{query}").status_code == 422


def test_a_month_without_figures_says_so(officer: Officer, told: list[str]) -> None:
    page = officer("province_analyst").get("/indikator/letters.issued?bulan=2001-01")
    assert page.status_code == 200
    assert "Belum ada yang menyampaikan angka untuk Januari 2001." in page.text


def test_an_unknown_indicator_leads_to_the_catalogue(officer: Officer) -> None:
    somebody = officer("province_analyst")
    for path in (
        "/indikator/no.such",
        "/indikator/no.such/unduh",
        "/indikator/" + "x" * 60,
        "/indikator/%00",
    ):
        answer = somebody.get(path)
        assert answer.status_code == 404
        assert "Tidak ada indikator dengan kode ini" in answer.text
    assert somebody.get("/indikator/" + "x" * 61).status_code == 404


def test_another_regions_address_is_not_found_and_audited(
    app: SigerFlask, officer: Officer, told: list[str]
) -> None:
    somebody: Any = officer("regency_admin", "18.06")
    foreign = ("18", "18.03", HERE, told[0])
    for code in foreign:
        for path in (
            f"/indikator?wilayah={code}",
            f"/indikator/pop.total?wilayah={code}",
            f"/indikator/pop.total/unduh?wilayah={code}",
        ):
            assert somebody.get(path).status_code == 404
    for code in ("18.99", "18.06.99.9999", "99", "x", "18.06.20.2006 OR 1=1", "\x00", "१८.०६"):
        assert somebody.get(f"/indikator/pop.total?wilayah={quote(code)}").status_code == 404
    with app.app_context(), platform_scope():
        refused = db.session.scalars(
            select(PlatformAuditEntry.object_id).where(
                PlatformAuditEntry.actor_id == somebody.account_id,
                PlatformAuditEntry.action == "region.refused",
            )
        ).all()
        assert sorted(set(refused)) == sorted(foreign)
        seen = select(func.count()).select_from(PlatformAuditEntry).where(
            PlatformAuditEntry.actor_id == somebody.account_id, PlatformAuditEntry.action == "figures.viewed"
        )  # fmt: skip
        assert db.session.scalar(seen) == 0


def test_figures_of_other_regions_are_on_no_page_of_a_region_officer(
    officer: Officer, told: list[str]
) -> None:
    somebody = officer("district_officer", HERE)
    page = somebody.get("/indikator/pop.total").text
    assert "Kecamatan Abung Tinggi" in page
    for path in ("/indikator/pop.total", "/indikator", "/bandingkan?tingkat=4&cari=a"):
        page = somebody.get(path).text
        assert "Kecamatan Gisting" not in page
        assert "Kabupaten Lampung Utara" not in page.replace("Kabupaten Lampung Utara</title>", "")


JUNK = (
    "", "0", "-1", "1e9", "9" * 400, "18", "18.", "18.03", "18.03.12.2001", "18.03.12.2001.1", "2026-11", "2026-13",
    "0000-00", "9999-99", "20२६-११", "' OR 1=1 --", "<script>", "%", "%00", "\x00", "\ud7ff", "\U0001f600", "null",
    "../../etc/passwd", "true", "[]", "{}", "é" * 50, ",", ",,,", "pop.total,pop.total", "desa", "tanpa", "per1000",
    "bagian", "nama", "NaN", "inf", "\t\r\n", "2", "3", "4", "csv",
)  # fmt: skip
NAMES = (
    "wilayah", "bulan", "tingkat", "jenis", "ukuran", "urut", "cari", "bagian", "hal", "tempat", "tambah", "kode",
    "tambah_kode", "pilar", "bentuk", "isi", "tempat", "kode",
)  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/indikator",
        "/indikator/pop.disabled",
        "/indikator/letters.median_hours/unduh",
        "/bandingkan",
        "/bandingkan/unduh",
    ],
)
def test_whatever_is_typed_is_answered(officer: Officer, told: list[str], path: str) -> None:
    somebody = officer("province_analyst")
    chance = random.Random(path)
    for _ in range(120):
        chosen = [(name, chance.choice(JUNK)) for name in NAMES if chance.random() < 0.3]
        query = "&".join(f"{name}={quote(value)}" for name, value in chosen)
        with somebody.get(f"{path}?{query}") as answer:
            assert answer.status_code in (200, 404, 422), query
    with somebody.get(f"{path}?wilayah=%ff%fe&tempat=%ff&kode=%ff&cari=%ff&bulan=%ff") as answer:
        assert answer.status_code in (404, 422)
