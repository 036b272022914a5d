"""The report's sentences, put together from its figures. A report is an Indonesian document, whoever asks for it."""

from __future__ import annotations

import datetime as dt

from babel.dates import format_date

from app.core.ui.formats import date, number, percent
from app.province.attention import Found, NeedsHelp, Reason
from app.province.programme import PAST, PROVINCE_CODE
from app.province.readiness.classes import class_of
from app.province.readiness.indicators import INDEX
from app.province.reports.content import Content, Live, Part

REASONS = {
    Reason.DORMANT: "diam",
    Reason.STUCK: "penyiapan terhenti",
    Reason.SILENT: "tidak mengirim angka",
    Reason.FALLEN: "kesiapan turun",
    Reason.PROMISE: "surat terlambat",
    Reason.FAILING: "angka gagal dihitung",
}


def villages(content: Content, count: int) -> str:
    """What so many villages of the region are called: desa, kelurahan, or both."""
    kinds = [kind for kind, live in content.live.items() if live.total]
    return (" atau " if count == 1 else " dan ").join(kinds)


def month_name(month: dt.date) -> str:
    """A month as people say it: November 2026."""
    return format_date(month, "MMMM y", locale="id")


def short_month(month: dt.date) -> str:
    """A month for an axis: Nov 26."""
    return format_date(month, "MMM yy", locale="id")


def about_live(live: Live, kind: str, where: str, when: str) -> str:
    """How many villages of a kind use the platform, and since last month; empty where there is no such village."""
    if not live.total:
        return ""
    if live.count is None:
        return f"Belum ada angka pemakaian {kind} di {where} untuk {when}."
    total = number(live.total)
    if live.count == 0:
        said = f"Belum ada satu pun dari {total} {kind} di {where} yang memakai Siger"
        if live.total == 1:
            said = f"Satu-satunya {kind} di {where} belum memakai Siger"
    elif live.count == live.total:
        said = f"Semua {total} {kind} di {where} memakai Siger"
        if live.total == 1:
            said = f"Satu-satunya {kind} di {where} memakai Siger"
    else:
        said = f"{number(live.count)} dari {total} {kind} di {where} memakai Siger ({_share(live)})"
    return f"{said}; {about_change(live.change)}."


def _share(live: Live) -> str:
    share = live.share or 0
    return percent(share, 1 if 0 < share < 0.1 else 0)


def about_change(change: int | None, unit: str = "") -> str:
    """The difference to the month before, in words."""
    if change is None:
        return "bulan lalu belum ada angkanya"
    if change == 0:
        return "sama dengan bulan lalu"
    return f"{'naik' if change > 0 else 'turun'} {number(abs(change))}{unit} sejak bulan lalu"


def summary(content: Content) -> list[str]:
    """The sentences on top of the report."""
    where, when = content.territory.name, month_name(content.month)
    said = [about_live(content.live[kind], kind, where, when) for kind in ("desa", "kelurahan")]
    said += [_about_work(content), _about_index(content), _about_parts(content), _about_help(content)]
    if content.territory.code == PROVINCE_CODE:
        past = ", ".join(f"{number(year.desa)} desa ({year.year})" for year in PAST)
        said.append(f"Sebelumnya, menurut catatan program sendiri, desa yang ikut pada akhir tahun: {past}.")
    return [sentence for sentence in said if sentence]


def _about_work(content: Content) -> str:
    live = sum(one.count or 0 for one in content.live.values())
    if all(one.count is None for one in content.live.values()) or not live:
        return ""
    if not content.working:
        return "Dalam 30 hari terakhir tidak ada perangkat yang bekerja dengan Siger."
    return (
        f"Dalam 30 hari terakhir perangkat {number(content.working)} {villages(content, content.working)} bekerja "
        f"dengan Siger, dari {number(live)} yang memakai."
    )


def _about_index(content: Content) -> str:
    found = next((one for one in content.key_figures if one.indicator.code == INDEX), None)
    if found is None or found.now.value is None:
        return "Indeks kesiapan belum dapat dihitung: belum cukup angka dari desa."
    score = round(found.now.value)
    before = found.before.value
    change = about_change(None if before is None else score - round(before), " angka")
    told = sum(content.classes.values())
    return (
        f"Indeks kesiapan rata-rata {score} dari 100 ({class_of(found.now.value).label}), dari {number(told)} "
        f"{villages(content, told)}; {change}."
    )


def _about_parts(content: Content) -> str:
    ranked = ranking(content)
    shares = [part.share for part in ranked if part.share is not None]
    if len(shares) < 2 or content.territory.level > 2 or shares[0] == shares[-1]:
        return ""
    first = [part for part in ranked if part.share == shares[0]]
    last = [part for part in ranked if part.share == shares[-1]]
    return (
        f"Terdepan: {_names(first)} ({percent(shares[0])}). "
        f"Paling perlu didorong: {_names(last)} ({percent(shares[-1])})."
    )


def _names(parts: list[Part]) -> str:
    if len(parts) <= 2:
        return " dan ".join(part.place.name for part in parts)
    return f"{parts[0].place.name} dan {number(len(parts) - 1)} lainnya"


def ranking(content: Content) -> list[Part]:
    """The parts that have a share, the highest first; among equals by code."""
    told = [part for part in content.parts if part.share is not None]
    return sorted(told, key=lambda part: (-(part.share or 0), part.place.code))


def _about_help(content: Content) -> str:
    if not content.help.total:
        return f"Tidak ada {villages(content, 1)} yang saat ini perlu bantuan."
    parts = [f"{number(count)} {REASONS[reason]}" for reason, count in content.help.counts.items() if count]
    several = (
        " (satu desa dapat punya beberapa sebab)"
        if sum(content.help.counts.values()) > content.help.total
        else ""
    )
    total = content.help.total
    return f"{number(total)} {villages(content, total)} perlu bantuan: {', '.join(parts)}{several}."


def about_reasons(village: NeedsHelp) -> str:
    """Why a village needs help: "Diam 41 hari; surat terlambat (30% tepat waktu)"."""
    said = "; ".join(_about_reason(found) for found in village.reasons)
    return said[:1].upper() + said[1:]


def _about_reason(found: Found) -> str:
    days = f" {number(found.days)} hari" if found.days is not None else ""
    match found.reason:
        case Reason.DORMANT:
            return f"diam{days}"
        case Reason.STUCK:
            return f"penyiapan belum selesai{' setelah' if days else ''}{days}"
        case Reason.SILENT:
            return f"tidak mengirim angka{days}" if days else "belum pernah mengirim angka"
        case Reason.FALLEN:
            return f"indeks kesiapan turun {number(round(found.amount or 0))} angka dalam tiga bulan"
        case Reason.PROMISE:
            return f"hanya {percent(found.amount)} surat tepat waktu"
        case Reason.FAILING:
            return f"{number(round(found.amount or 0))} angka gagal dihitung"


def notes(content: Content) -> list[str]:
    """How to read the report: missing and hidden figures, two denominators, where figures come from."""
    said = [
        "Memakai: penyiapan selesai dan tidak ditangguhkan. Bagian dihitung terhadap semua desa; kelurahan dihitung "
        "tersendiri karena kelurahan tidak mempunyai APBDes, Perdes, BPD, dan BUMDes sendiri.",
        "Tanda – berarti tidak ada desa yang melaporkan angka itu, bukan nol. Kolom “Desa melapor” menyebut berapa "
        "desa dan kelurahan yang melaporkannya.",
        "Perbandingan dengan bulan lalu dihitung dari angka terakhir setiap bulan menurut waktu Lampung (WIB).",
    ]
    if content.silent:
        said.append(
            f"{number(content.silent)} {villages(content, content.silent)} yang memakai Siger tidak melaporkan angka "
            "pada bulan ini, jadi jumlah di atas lebih kecil daripada keadaan sebenarnya."
        )
    if content.hidden:
        said.append(
            f"{number(content.hidden)} angka tidak ditampilkan (<5 atau disembunyikan): angka warga menurut ciri "
            "pribadi yang di bawah lima, dan angka di sebelahnya yang dapat membukanya."
        )
    if content.states is None:
        said.append(
            "Corong adopsi hanya diketahui untuk keadaan terkini, jadi tidak dimuat untuk bulan yang lampau."
        )
    else:
        said.append(
            "Corong adopsi dan desa yang perlu bantuan menunjukkan keadaan saat laporan dibuat, "
            f"{date(content.made_at)}."
        )
    if content.others:
        names = ", ".join(f"{name} ({number(count)})" for name, count in sorted(content.others.items()))
        said.append(f"Desa dengan sistem lain yang mengirim angkanya sendiri: {names}.")
    if content.demo:
        said.append(
            f"DATA CONTOH: angka {number(content.demo)} {villages(content, content.demo)} dibuat untuk peragaan "
            "dan bukan keadaan sebenarnya."
        )
    return said
