"""The report as PDF/A: letterhead of the region's office, sentences, charts drawn by Typst from the figures, tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask_babel import force_locale

from app.core.documents import render_pdf, render_pictures
from app.core.ui.formats import date, moment, number, percent
from app.province import states
from app.province.figures import VILLAGE, Place
from app.province.readiness.classes import CLASSES
from app.province.readiness.indicators import INDEX
from app.province.regions import DISTRICT, PROVINCE, REGENCY, Territory, territory
from app.province.reports import sentences
from app.province.reports.content import PILLARS, Content, Live, Part, below_word
from app.province.wording import MISSING_MARK, said
from tenants.models import TenantState

TEMPLATE = Path(__file__).with_name("typst") / "monthly.typ"
MARK = Path(__file__).parents[2] / "frontend" / "mark" / "siger.svg"
HELPED_ON_PAPER = 40
FUNNEL = (
    TenantState.LISTED, TenantState.INVITED, TenantState.APPLIED, TenantState.APPROVED, TenantState.PROVISIONED,
    TenantState.SET_UP, TenantState.ACTIVE, TenantState.ESTABLISHED, TenantState.DORMANT, TenantState.SUSPENDED,
    TenantState.ARCHIVED,
)  # fmt: skip
OFFICES = {
    PROVINCE: "Dinas Pemberdayaan Masyarakat, Desa, dan Transmigrasi",
    REGENCY: "Dinas Pemberdayaan Masyarakat dan Desa",
}


def report_pdf(content: Content, edition: int) -> bytes:
    """Set a report. Raises DocumentFailed with a sentence."""
    with force_locale("id"):
        return render_pdf(
            TEMPLATE, document(content, edition), title=title(content), images={"logo": _mark()}
        )


def report_pictures(content: Content, edition: int) -> list[bytes]:
    """The same pages as PNG, to be looked at."""
    with force_locale("id"):
        data = document(content, edition)
        return render_pictures(TEMPLATE, data, title=title(content), images={"logo": _mark()})


def title(content: Content) -> str:
    """What the document is called."""
    return f"Laporan Adopsi Siger {content.territory.name}, {sentences.month_name(content.month)}"


def _mark() -> str:
    return MARK.read_text(encoding="utf-8").replace("currentColor", "#7A1420")


def letterhead_of(region: Territory) -> dict[str, Any]:
    """The letterhead of the office that looks after a region's villages."""
    if region.level == DISTRICT:
        above = territory(region.code[:5])
        return {"lines": [f"Pemerintah {above.name}"], "name": region.name, "address": ""}
    return {"lines": [f"Pemerintah {region.name}"], "name": OFFICES[region.level], "address": ""}


def document(content: Content, edition: int) -> dict[str, Any]:
    """What the template shows: texts, and numbers for the charts."""
    when = sentences.month_name(content.month)
    return {
        "paper": "a4",
        "footer": f"Laporan Adopsi Siger · {content.territory.name} · {when} · edisi {edition}",
        "letterhead": letterhead_of(content.territory),
        "title": "Laporan Adopsi Siger",
        "subtitle": f"{content.territory.name} · {when}",
        "stamp": f"Edisi {edition} · angka per {moment(content.as_of)} · dibuat {moment(content.made_at)}",
        "day": date(content.made_at),
        "demo": bool(content.demo),
        "summary": sentences.summary(content),
        "facts": _facts(content),
        "curve": _curve(content),
        "funnel": _funnel(content),
        "ranking": _ranking(content),
        "parts": _parts(content),
        "classes": _classes(content),
        "figures": _figures(content),
        "help": _help(content),
        "notes": sentences.notes(content),
    }


def _facts(content: Content) -> list[dict[str, str]]:
    found = []
    for kind in ("desa", "kelurahan"):
        live = content.live[kind]
        if live.total:
            found.append(
                {
                    "value": MISSING_MARK if live.count is None else number(live.count),
                    "label": f"{kind} memakai",
                    "note": f"dari {number(live.total)} ({_percent(live)})",
                }
            )
    found.append(
        {"value": number(content.working), "label": "bekerja 30 hari ini", "note": "desa dan kelurahan"}
    )
    index = next((one.now for one in content.key_figures if one.indicator.code == INDEX), None)
    score = round(index.value) if index is not None and index.value is not None else None
    found.append({"value": number(score), "label": "indeks kesiapan", "note": "rata-rata, 0–100"})
    found.append(
        {"value": number(content.help.total), "label": "perlu bantuan", "note": "desa dan kelurahan"}
    )
    return found


def _percent(live: Live) -> str:
    share = live.share
    return percent(share, 1 if share and share < 0.1 else 0)


def _curve(content: Content) -> dict[str, Any]:
    kinds = [kind for kind in ("desa", "kelurahan") if content.live[kind].total]
    return {
        "labels": [sentences.short_month(when) for when, _, _ in content.curve],
        "series": [
            {
                "name": kind.capitalize(),
                "values": [desa if kind == "desa" else city for _, desa, city in content.curve],
            }
            for kind in kinds
        ],
    }


def _funnel(content: Content) -> list[dict[str, Any]]:
    if content.states is None:
        return []
    every_day = (TenantState.LISTED, TenantState.PROVISIONED, TenantState.ACTIVE, TenantState.DORMANT)
    rows = []
    for state in FUNNEL:
        desa, city = (content.states[kind][state] for kind in ("desa", "kelurahan"))
        if desa or city or state in every_day:
            counted = [f"{number(desa)} desa"] if content.live["desa"].total else []
            counted += [f"{number(city)} kelurahan"] if city or not counted else []
            rows.append(
                {
                    "label": str(states.words(state).label),
                    "value": desa + city,
                    "text": " + ".join(counted),
                    "tone": states.words(state).tone,
                }
            )
    return rows


def _ranking(content: Content) -> list[dict[str, Any]]:
    if content.territory.level > REGENCY:
        return []
    rows: list[dict[str, Any]] = []
    rank = 0
    for at, part in enumerate(sentences.ranking(content), start=1):
        if not rows or rows[-1]["value"] != (part.share or 0):
            rank = at
        counted = part.live["desa"] if part.live["desa"].total else part.live["kelurahan"]
        rows.append(
            {
                "label": f"{rank}. {short_name(part.place)}",
                "value": part.share or 0,
                "text": f"{_percent(counted)} ({number(counted.count)} dari {number(counted.total)})",
                "tone": "primary",
            }
        )
    return rows


def short_name(place: Place) -> str:
    """A place's name without the word that its neighbours share."""
    return place.name.removeprefix("Kabupaten ").removeprefix("Kecamatan ")


def _parts(content: Content) -> dict[str, Any]:
    is_village = content.territory.level > REGENCY
    heading = [below_word(content.territory)]
    heading += (
        ["Keadaan"]
        if is_village
        else ["Desa memakai", "Sejak bulan lalu", "Kelurahan memakai", "Bekerja 30 hari"]
    )
    heading += ["Surat terbit", "Indeks kesiapan"]
    widths = [34.0, *([22.0] if is_village else [20.0, 15.0, 18.0, 15.0]), 13.0, 14.0]
    return {
        "heading": heading,
        "columns": [
            {"width": width, "align": "left" if at == 0 or (is_village and at == 1) else "right"}
            for at, width in enumerate(widths)
        ],
        "rows": [_part_row(content, part) for part in content.parts],
    }


def _part_row(content: Content, part: Part) -> list[str]:
    known = {one.indicator.code: one.indicator for one in content.key_figures}
    row = [short_name(part.place)]
    if part.place.level == VILLAGE:
        row.append(str(states.words(part.place.state or "").label))
    else:
        change = part.live["desa"].change
        signed = (
            MISSING_MARK
            if change is None or not part.live["desa"].total
            else f"{'+' if change > 0 else ''}{number(change)}".replace("-", "−")
        )
        row += [_of(part.live["desa"]), signed, _of(part.live["kelurahan"]), number(part.working)]
    return [
        *row,
        said(known["letters.issued"], part.letters) if "letters.issued" in known else MISSING_MARK,
        said(known[INDEX], part.index) if INDEX in known else MISSING_MARK,
    ]


def _of(live: Live) -> str:
    if not live.total:
        return MISSING_MARK
    return f"{MISSING_MARK if live.count is None else number(live.count)} dari {number(live.total)}"


def _classes(content: Content) -> dict[str, Any]:
    total = sum(content.classes.values())
    pillars = [
        {
            "label": one.indicator.label,
            "value": (one.now.value or 0) / 100,
            "text": said(one.indicator, one.now),
            "tone": "gold",
        }
        for one in content.key_figures
        if one.indicator.code in PILLARS
    ]
    return {
        "total": total,
        "rows": [
            {
                "label": f"{one.label} ({one.least:.0f}–{(one.below or 101) - 1:.0f})",
                "value": content.classes[one.key],
            }
            for one in CLASSES
        ],
        "pillars": pillars if total else [],
    }


def _figures(content: Content) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    for one in content.key_figures:
        if one.now.is_missing and one.before.is_missing:
            continue
        if not groups or groups[-1]["name"] != one.group:
            groups.append({"name": one.group, "rows": []})
        told = f"{number(one.now.told)} dari {number(len(content.villages))}"
        groups[-1]["rows"].append(
            [one.indicator.label, said(one.indicator, one.now), said(one.indicator, one.before), told]
        )
    return groups


def _help(content: Content) -> dict[str, Any]:
    shown = content.help.villages[:HELPED_ON_PAPER]
    rest = content.help.total - len(shown)
    with_regency = content.territory.level == PROVINCE
    return {
        "rows": [
            [
                one.name,
                f"{one.district}, {one.regency.removeprefix('Kabupaten ')}" if with_regency else one.district,
                sentences.about_reasons(one),
            ]
            for one in shown
        ],
        "rest": f"{number(rest)} lainnya ada di lembar “Perlu bantuan” pada berkas XLSX." if rest > 0 else "",
    }
