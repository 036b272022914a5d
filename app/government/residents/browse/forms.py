"""What the list's page offers: selects, quick filters, columns, links for sorting and for taking a filter away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.ui.formats import current_locale_code
from app.core.village.forms import kind_words
from app.government.residents import codes
from app.government.residents.browse.areas import AreaBook
from app.government.residents.browse.columns import PAGE_SIZES, RESIDENT_COLUMNS, Choice
from app.government.residents.browse.filters import (
    ALL,
    CODED,
    FORMER,
    HEALTH_CODED,
    LABELS,
    UNKNOWN,
    ResidentFilter,
    vital_status_words,
)
from app.government.residents.browse.history import STATES
from app.government.residents.browse.household_filters import (
    ALL_STATES,
    HOUSEHOLD_FILTER_LABELS,
    HouseholdFilter,
)
from app.government.residents.browse.numbers import NumberSearch
from tenants.scope import Tenant

ALWAYS_KNOWN = ("sex", "nationality", "residence_status")
QUICK: tuple[tuple[object, dict[str, Any]], ...] = (
    (_l("Balita"), {"age_to": "4"}),
    (_l("Usia sekolah"), {"age_from": "7", "age_to": "18"}),
    (_l("Lansia"), {"age_from": "60"}),
    (_l("Belum ber-NIK"), {"without_nik": "1"}),
    (_l("Belum lengkap"), {"incomplete": "1"}),
    (_l("Bukan lagi penduduk"), {"vital_status": "former"}),
)
SORT_LABELS = {
    "name": _l("Nama A–Z"),
    "-name": _l("Nama Z–A"),
    "age": _l("Termuda dahulu"),
    "-age": _l("Tertua dahulu"),
    "area": _l("Wilayah"),
    "household": _l("Keluarga"),
    "-updated_at": _l("Terakhir diubah"),
}
HOUSEHOLD_SORT_LABELS = {
    "head": _l("Kepala keluarga A–Z"),
    "-head": _l("Kepala keluarga Z–A"),
    "area": _l("Wilayah"),
    "-issued_on": _l("KK terbaru dahulu"),
    "-updated_at": _l("Terakhir diubah"),
}


def filter_selects(
    chosen: ResidentFilter, areas: AreaBook, tenant: Tenant, *, may_health: bool
) -> list[dict[str, Any]]:
    """The selects of the filter panel: name, label, options, value."""
    area_word = kind_words(tenant)["sub_area"]
    found: list[dict[str, Any]] = []
    if areas.options:
        options = [("", _("Semua %(word)s, RW, dan RT", word=area_word.lower()))]
        options += areas.options_with(chosen.sub_area_id)
        found.append(_select("sub_area_id", options, chosen.sub_area_id))
    for name in (*CODED, *(HEALTH_CODED if may_health else ())):
        found.append(_select(name, _list_options(name, current_locale_code()), getattr(chosen, name)))
    states = [("", codes.word("vital_status", codes.ALIVE))]
    states += [(str(code), str(word)) for code, word in codes.VITAL_STATUS.items() if code != codes.ALIVE]
    states += [("former", vital_status_words(FORMER)), ("all", vital_status_words(ALL))]
    found.append(_select("vital_status", states, chosen.as_args().get("vital_status", "")))
    sorts = [(name, str(label)) for name, label in SORT_LABELS.items()]
    found.append({"name": "sort", "label": str(_("Urutan")), "options": sorts, "value": chosen.sort})
    return found


@lru_cache(maxsize=64)
def _list_options(name: str, _locale: str) -> list[tuple[str, str]]:
    """The choices of a code's list in the language of the page; kept, since the lists never change."""
    words = [(str(code), str(word)) for code, word in codes.LISTS[name].items()]
    unknown = [] if name in ALWAYS_KNOWN else [(str(UNKNOWN), _("Belum diisi"))]
    return [("", _("Semua")), *words, *unknown]


def _select(name: str, options: list[tuple[str, str]], value: Any) -> dict[str, Any]:
    return _choice(name, LABELS[name], options, value)


def _choice(name: str, label: Any, options: list[tuple[str, str]], value: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": str(label),
        "options": options,
        "value": "" if value is None else str(value),
    }


def table_columns(choice: Choice, chosen: ResidentFilter, args: dict[str, Any]) -> list[dict[str, Any]]:
    """The table's columns with the links that sort by them."""
    columns = [_column("name", _("Nama"), "name", "", chosen, args)]
    for name in choice.columns:
        column = RESIDENT_COLUMNS[name]
        columns.append(_column(name, str(column.label), column.sort, column.align, chosen, args))
    return columns


def _column(
    key: str,
    label: str,
    sort: str,
    align: str,
    chosen: ResidentFilter | HouseholdFilter,
    args: dict[str, Any],
    endpoint: str = "residents.index",
) -> dict[str, Any]:
    found: dict[str, Any] = {"key": key, "label": label, "align": align}
    if not sort:
        return found
    name = sort.removeprefix("-")
    present = chosen.sort if chosen.sort.removeprefix("-") == name else ""
    other = f"-{name}" if present == name else name
    found["sort_url"] = url_for(endpoint, **{**args, "sort": other if present else sort})
    if present:
        found["sorted"] = "descending" if present.startswith("-") else "ascending"
    return found


def removable(chosen: Any, areas: AreaBook, endpoint: str, args: dict[str, Any]) -> list[dict[str, str]]:
    """What is filtered, each with the address of the list without it."""
    found = []
    for label, text, name in chosen.described(areas.ways):
        gone = ("age_from", "age_to") if name == "age" else (name,)
        kept = {key: value for key, value in args.items() if key not in gone}
        found.append({"label": f"{label}: {text}" if text else label, "url": url_for(endpoint, **kept)})
    return found


def quick_filters(chosen: ResidentFilter) -> list[dict[str, Any]]:
    """Ready-made filters; the present one leads back to the whole list."""
    present = replace(chosen, sort="name").as_args()
    return [
        {
            "label": str(label),
            "url": url_for("residents.index") if present == args else url_for("residents.index", **args),
            "current": present == args,
        }
        for label, args in QUICK
    ]


def choosable_columns(choice: Choice, *, may_health: bool) -> list[dict[str, Any]]:
    """The columns to tick, in the list's order."""
    return [
        {"name": name, "label": str(column.label), "is_shown": name in choice.columns}
        for name, column in RESIDENT_COLUMNS.items()
        if may_health or not column.health
    ]


def household_selects(
    chosen: HouseholdFilter, areas: AreaBook, tenant: Tenant, size: int
) -> list[dict[str, Any]]:
    """The selects of the filter panel of households."""
    found: list[dict[str, Any]] = []
    labels = HOUSEHOLD_FILTER_LABELS
    if areas.options:
        word = kind_words(tenant)["sub_area"].lower()
        options = [("", _("Semua %(word)s, RW, dan RT", word=word)), *areas.options_with(chosen.sub_area_id)]
        found.append(_choice("sub_area_id", labels["sub_area_id"], options, chosen.sub_area_id))
    classes = [(str(code), str(label)) for code, label in codes.WELFARE_CLASS.items()]
    options = [("", _("Semua")), *classes, (str(UNKNOWN), _("Belum diisi"))]
    found.append(_choice("welfare_class", labels["welfare_class"], options, chosen.welfare_class))
    states = [(state, str(label)) for state, label in STATES.items()]
    found.append(_choice("state", labels["state"], [*states, (ALL_STATES, _("Semua"))], chosen.state))
    sorts = [(name, str(label)) for name, label in HOUSEHOLD_SORT_LABELS.items()]
    found.append(_choice("sort", _("Urutan"), sorts, chosen.sort))
    found.append(_choice("size", _("Baris per halaman"), page_sizes(), size))
    return found


def household_columns(chosen: HouseholdFilter, args: dict[str, Any]) -> list[dict[str, Any]]:
    """The columns of the list of households with the links that sort by them."""
    table = (
        ("head", _("Kepala keluarga"), "head", ""),
        ("kk", _("Nomor KK"), "", ""),
        ("area", _("Wilayah"), "area", ""),
        ("address", _("Alamat"), "", ""),
        ("members", _("Anggota"), "", "end"),
        ("welfare", _("Tahap sejahtera"), "", ""),
    )
    return [_column(*column, chosen, args, "households.index") for column in table]


def page_sizes() -> list[tuple[str, str]]:
    """How many rows a page may have."""
    return [(str(size), str(_("%(count)s baris", count=size))) for size in PAGE_SIZES]


def with_number(chosen: Any, keep: Callable[[NumberSearch], NumberSearch]) -> Any:
    """The filter with its number kept under a token, if it has one without."""
    if chosen.number is None or chosen.number.token:
        return chosen
    return replace(chosen, number=keep(chosen.number))


def problem_sentence(chosen: Any) -> str:
    """Why nothing is shown, when what was asked for can't be answered."""
    if chosen.problem == "expired":
        return str(_("Pencarian nomor hanya berlaku sepuluh menit. Ketik nomornya sekali lagi."))
    if chosen.problem == "incomplete_number":
        return str(_("NIK dan nomor KK dicari dengan 16 angkanya. Lengkapi angkanya, atau ketik nama."))
    return ""
