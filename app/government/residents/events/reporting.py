"""The monthly population report as tables: for the screen, as a workbook, as a document.

Form: the monthly report of a village's population (Permendagri 47/2016, Buku Rekapitulasi Jumlah Penduduk), with men
and women, WNI and WNA, and households; permanent residents and newcomers apart, and together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.documents import PdfColumn, head_signs, table_pdf
from app.core.tables import Cell, Column, write_workbook
from app.government.residents import ledger
from app.government.residents.browse.areas import area_book
from app.government.residents.derive import PERSON_CELLS
from app.government.residents.events import queries
from app.government.residents.events.kinds import RECORDED
from app.government.residents.events.words import spoken_month, spoken_names
from app.government.residents.ledger import Figures, Vector
from app.government.residents.writing import today

PART_WORDS = {
    "all": _l("Semua penduduk"),
    "permanent": _l("Penduduk tetap"),
    "newcomer": _l("Pendatang dan tidak tetap"),
}
ROW_WORDS = {
    "start": _l("Awal bulan"),
    "opening": _l("Saldo awal"),
    "births": _l("Lahir"),
    "moved_in": _l("Datang"),
    "returned": _l("Kembali"),
    "deaths": _l("Meninggal"),
    "moved_out": _l("Pindah"),
    "gone": _l("Hilang atau pergi"),
    "formed": _l("Keluarga terbentuk"),
    "closed": _l("Keluarga berakhir"),
    "areas": _l("Pindah wilayah"),
    "status": _l("Perubahan status dan kewarganegaraan"),
    "corrections": _l("Perbaikan data"),
    "reversals": _l("Pembatalan"),
    "end": _l("Akhir bulan"),
}
ALWAYS = frozenset({"start", "births", "moved_in", "deaths", "moved_out", "end"})
"""Rows that stand in every report; the others only where something happened."""
LISTS = ("births", "deaths", "moved_in", "moved_out", "returned", "gone", "status")
"""Rows behind which the report lists names."""
MOST_DEEDS = 300


@dataclass(frozen=True, slots=True)
class Row:
    """A row: men and women of WNI and WNA, all men, all women, everybody, households (None: not counted here)."""

    name: str
    label: str
    counts: tuple[int, ...]
    households: int | None

    @property
    def is_sum(self) -> bool:
        """Whether it says what stands, rather than what changed."""
        return self.name in ("start", "end")


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the report."""

    name: str
    label: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """A line of the table of areas."""

    label: str
    start: int
    births: int
    deaths: int
    arrivals: int
    departures: int
    others: int
    end: int
    households: int


@dataclass(slots=True)
class MonthReport:
    """All that the page of a month shows."""

    month: dt.date
    figures: Figures
    parts: list[Part]
    areas: list[AreaRow]
    lists: list[tuple[str, str, list[queries.DeedLine]]] = field(default_factory=list)
    """(row, its label, deeds) of the rows in LISTS where something happened."""
    late: list[queries.DeedLine] = field(default_factory=list)
    is_cut: bool = False


def parts_of(figures: Figures) -> list[Part]:
    """The three tables: everybody, permanent residents, newcomers. Only the first one counts households."""
    shown = [name for name, vector in figures.rows() if name in ALWAYS or any(vector.values())]
    found = []
    for part, label in PART_WORDS.items():
        cells = ledger.PARTS[part]
        rows = [
            Row(name, str(ROW_WORDS[name]), _counts(vector, cells), _households(vector, part))
            for name, vector in figures.rows()
            if name in shown and (part == "all" or name in ALWAYS or any(vector.get(c) for c in PERSON_CELLS))
        ]
        found.append(Part(part, str(label), rows))
    return found


def begin() -> dt.date:
    """The first month with figures; the present one where nothing is recorded yet."""
    first, _closed = ledger.span()
    return first or today().replace(day=1)


def report_of(month: dt.date) -> MonthReport:
    """Everything about a month, in a fixed number of selects."""
    figures = ledger.report(month)
    report = MonthReport(month, figures, parts_of(figures), _areas(month))
    page = queries.deeds(month, (*RECORDED, "reversal"), limit=MOST_DEEDS, counted=True)
    report.is_cut = page.older is not None
    groups: dict[str, list[queries.DeedLine]] = {}
    for deed in page.deeds:
        groups.setdefault(ledger.group_of(deed.kind), []).append(deed)
        if deed.is_late:
            report.late.append(deed)
    report.lists = [(name, str(ROW_WORDS[name]), groups[name]) for name in LISTS if name in groups]
    return report


def as_workbook(report: MonthReport, village: str) -> IO[bytes]:
    """The report as one sheet; the caller closes it."""
    columns = [
        Column(_("Penduduk"), width=26),
        Column(_("Keterangan"), width=36),
        *(Column(heading, "number", 12) for _group, heading in _headings()),
    ]
    rows: list[list[Cell]] = []
    for part in report.parts:
        rows += [[part.label, row.label, *row.counts, row.households] for row in part.rows]
    rows += [[_("Terlambat dilaporkan"), late_line(deed)] + [None] * 8 for deed in report.late]
    title = _("Laporan penduduk %(village)s, %(month)s", village=village, month=spoken_month(report.month))
    return write_workbook(_("Laporan penduduk"), columns, rows, about=title)


def as_document(report: MonthReport) -> bytes:
    """The report as a PDF under the village's letterhead, signed by its head. Raises DocumentFailed."""
    with force_locale("id"):
        parts = parts_of(report.figures)
        columns = [
            PdfColumn(_("Keterangan"), 30),
            *(
                PdfColumn(heading.removeprefix(f"{group} "), 9, "right", group)
                for group, heading in _headings()
            ),
        ]
        rows: list[Sequence[Any]] = []
        for part in parts:
            rows.append([part.label.upper()] + [None] * 8)
            rows += [[row.label, *row.counts, row.households] for row in part.rows]
        notes = [_("Dilaporkan terlambat dan dihitung di bulan ini:")] if report.late else []
        notes += [late_line(deed) for deed in report.late]
        return table_pdf(
            _("Laporan Penduduk Bulanan"),
            columns,
            rows,
            subtitle=spoken_month(report.month),
            notes=notes,
            signers=[head_signs(today())],
            size=9,
        )


def late_line(deed: queries.DeedLine) -> str:
    """A late event in words."""
    from app.core.ui.formats import date as spoken_date
    from app.government.residents.events.kinds import kind_word

    sentence = _(
        "%(kind)s: %(names)s, %(date)s, dilaporkan %(reported)s",
        kind=kind_word(deed.kind),
        names=spoken_names(deed.names, deed.count),
        date=spoken_date(deed.happened_on),
        reported=spoken_date(deed.reported_on),
    )
    return str(sentence)


def _headings() -> list[tuple[str, str]]:
    """(group, heading) of the columns with counts."""
    return [
        (_("WNI"), _("WNI L")), (_("WNI"), _("WNI P")), (_("WNA"), _("WNA L")), (_("WNA"), _("WNA P")),
        (_("Jumlah"), _("L")), (_("Jumlah"), _("P")), (_("Jumlah"), _("L+P")), ("", _("KK")),
    ]  # fmt: skip


def _counts(vector: Vector, cells: Sequence[int]) -> tuple[int, ...]:
    def those(wanted: Callable[[int], bool]) -> int:
        return ledger.people(vector, [cell for cell in cells if wanted(cell)])

    return (
        those(lambda cell: cell & 3 == 0),
        those(lambda cell: cell & 3 == 1),
        those(lambda cell: cell & 3 == 2),
        those(lambda cell: cell & 3 == 3),
        ledger.men(vector, cells),
        ledger.women(vector, cells),
        ledger.people(vector, cells),
    )


def _households(vector: Vector, part: str) -> int | None:
    return ledger.households(vector) if part == "all" else None


def _areas(month: dt.date) -> list[AreaRow]:
    found = ledger.report_by_area(month)
    if not any(area is not None for area in found):
        return []
    names = area_book().names
    order = {area: place for place, area in enumerate(names)}
    rows = []
    for area, figures in sorted(
        found.items(), key=lambda item: order.get(item[0], len(order)) if item[0] else 10**6
    ):
        if any(ledger.people(vector) or ledger.households(vector) for _name, vector in figures.rows()):
            rows.append(_area_row(names.get(area, "") if area else "", figures))
    return rows


def _area_row(label: str, figures: Figures) -> AreaRow:
    flows = {name: ledger.people(vector) for name, vector in figures.flows.items()}
    named = {"births", "deaths", "moved_in", "returned", "moved_out", "gone"}
    return AreaRow(
        label or _("Tanpa wilayah"),
        ledger.people(figures.start),
        flows.get("births", 0),
        flows.get("deaths", 0),
        flows.get("moved_in", 0) + flows.get("returned", 0),
        flows.get("moved_out", 0) + flows.get("gone", 0),
        sum(count for name, count in flows.items() if name not in named),
        ledger.people(figures.end),
        ledger.households(figures.end),
    )
