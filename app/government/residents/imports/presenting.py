"""How the pages of an import read: states in words, samples of columns, changes of a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.ui.formats import date
from app.core.village.queries import standing_sub_areas
from app.government.residents import codes
from app.government.residents.browse.areas import AreaBook
from app.government.residents.imports.areas import path_words, similar
from app.government.residents.imports.columns import BY_NAME, TARGETS, Target
from app.government.residents.register.labels import RESIDENT_LABELS
from app.government.residents.writing import today

STATES: dict[str, tuple[Any, str]] = {
    "uploaded": (_l("Dikirim"), "info"),
    "reading": (_l("Sedang dibaca"), "info"),
    "mapping": (_l("Menunggu pilihan kolom"), "warning"),
    "checking": (_l("Sedang diperiksa"), "info"),
    "ready": (_l("Siap diterapkan"), "warning"),
    "applying": (_l("Sedang diterapkan"), "info"),
    "applied": (_l("Sudah diterapkan"), "success"),
    "undoing": (_l("Sedang dibatalkan"), "info"),
    "undone": (_l("Dibatalkan"), "neutral"),
    "failed": (_l("Tidak terbaca"), "error"),
    "cancelled": (_l("Ditinggalkan"), "neutral"),
}
"""State → its words and tone."""
CONFLICTS = {
    "changed": _l("Datanya diubah orang lain sesudah pratinjau."),
    "household": _l("Keluarganya diubah atau dimasukkan orang lain sesudah pratinjau."),
    "nik": _l("NIK-nya dipakai orang lain sesudah pratinjau."),
}
"""Why a row was left out when the import was applied."""
ROW_LABELS = {"household_id": _l("Keluarga"), "household_order": _l("Urutan dalam kartu keluarga")}


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column of the file on the page where its meaning is chosen."""

    number: int
    heading: str
    samples: list[str]
    chosen: str


def mapped_columns(
    table: Mapping[str, Any], chosen: Mapping[int, str], hidden: Collection[int] = ()
) -> list[MappedColumn]:
    """The columns with the first values that stand in them; of those that are `hidden` none."""
    header: list[str] = table["header"]
    samples: list[list[str]] = table["samples"]
    return [
        MappedColumn(
            number,
            heading or _("Kolom %(number)s", number=number + 1),
            [] if number in hidden else samples[number],
            chosen.get(number, ""),
        )
        for number, heading in enumerate(header)
        if heading or samples[number]
    ]


def target_options(may_health: bool) -> list[Any]:
    """What a column can be, as choices in groups."""
    groups: dict[str, list[tuple[str, str]]] = {"resident": [], "household": [], "area": []}
    for target in TARGETS:
        if may_health or not target.is_health:
            groups[target.kind].append((target.name, target.words))
    labels = {"resident": _("Penduduk"), "household": _("Keluarga"), "area": _("Wilayah")}
    chosen: list[Any] = [("", _("Tidak dipakai"))]
    return chosen + [{"label": labels[kind], "options": options} for kind, options in groups.items()]


def left_out_for_health(columns: Mapping[int, str], may_health: bool) -> list[str]:
    """Health columns of the file that this reader's permissions leave out."""
    names = [BY_NAME[name] for name in columns.values()]
    return [] if may_health else [target.words for target in names if target.is_health]


def field_words(name: str) -> str:
    """What a column's target, or a field that the rules name, is called."""
    target: Target | None = BY_NAME.get(name)
    if target is not None:
        return target.words
    return str(ROW_LABELS.get(name) or RESIDENT_LABELS.get(name, name))


def changes_in_words(changes: list[Any], areas: AreaBook) -> list[dict[str, str]]:
    """What changes in a row: field, before, after."""
    return [
        {
            "label": field_words(name),
            "before": _words(name, before, areas),
            "after": _words(name, after, areas),
        }
        for name, before, after in changes
    ]


def _words(name: str, value: Any, areas: AreaBook) -> str:
    if value is None or value == "":
        return "–"
    if name in codes.LISTS and isinstance(value, int):
        return codes.word(name, value)
    if name == "sub_area_id":
        return next((way for key, way in areas.ways.items() if str(key) == value), str(value))
    if name == "pregnant":
        return str(_("ya") if value else _("tidak"))
    if isinstance(value, str) and name in (
        "birth_date",
        "married_on",
        "divorced_on",
        "passport_expires_on",
        "vital_on",
    ):
        return date(dt.date.fromisoformat(value))
    return str(value)


def day_words(text: str | None) -> str:
    """A day of a preview's line in words; a dash for an unknown one."""
    return date(dt.date.fromisoformat(text)) if text else "–"


def area_words(paths: list[Any]) -> list[str]:
    """Ways of areas that the village lacks, as people read them, with the area that may be meant."""
    areas = standing_sub_areas()
    found = []
    for path in paths:
        like = similar(path, areas) if len(path) == 1 else ""
        words = path_words(path)
        found.append(
            str(_("%(area)s (mirip %(like)s yang sudah ada)", area=words, like=like)) if like else words
        )
    return found


def has_areas() -> bool:
    """Whether the village has any sub-area, RW or RT yet (one query)."""
    return bool(standing_sub_areas())


def balance_day() -> str:
    """The day that the form offers."""
    return today().isoformat()
