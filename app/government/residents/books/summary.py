"""Buku Rekapitulasi Jumlah Penduduk (model B.3): how many, per area of the top level, at both ends of a month."""

from __future__ import annotations

import uuid
from itertools import chain

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.government.residents import ledger
from app.government.residents.books.layout import Book, BookColumn, Choice, Found, Line, Reading
from app.government.residents.ledger import Figures, Vector

_BY_NATION = (("WNA", 2), ("WNI", 0))
OTHER_WORDS = {
    "opening": _l("saldo awal"),
    "returned": _l("kembali"),
    "gone": _l("hilang atau pergi"),
    "areas": _l("pindah wilayah"),
    "status": _l("ubah status"),
    "corrections": _l("perbaikan data"),
    "reversals": _l("pembatalan"),
}


def read_summary(choice: Choice, reading: Reading) -> Found:
    """Lines of the Buku Rekapitulasi: one for each area, and the sum.

    The annex knows births, deaths, coming and going alone. What else changes the numbers (opening balance, return,
    missing, a move between areas, a change of status, corrections) stands under coming where it adds and under going
    where it takes away, so that every line adds up; the remark names it.
    """
    by_area = ledger.report_by_area(choice.month)
    below = reading.areas.below
    top = [area_id for area_id in below if not any(area_id in below[other] - {other} for other in below)]
    wanted: list[uuid.UUID | None] = [area_id for area_id in top if choice.area_id in (None, area_id)]
    if choice.area_id is None and None in by_area:
        wanted.append(None)
    lines: list[Line] = []
    counts: list[list[int]] = []
    for at, area_id in enumerate(wanted, start=1):
        name = reading.areas.names[area_id] if area_id else str(_("Belum berwilayah"))
        figures = by_area.get(area_id, Figures(choice.month))
        counts.append(_counts(figures, choice.part))
        lines.append([at, name, *counts[-1], _remark(figures, choice.part)])
    total: Line = [None, str(_("Jumlah"))]
    total += [sum(row) for row in zip(*counts, strict=True)] or [0] * (len(COLUMNS) - 3)
    notes = [
        str(
            _(
                "Saldo awal, kembali, hilang, pindah wilayah, dan perbaikan dihitung di kolom datang atau pindah; "
                "rinciannya di kolom keterangan."
            )
        )
    ]
    return Found([*lines, [*total, ""]], len(lines), totals=1, notes=notes)


def _of(vector: Vector, cell: int, part: str) -> int:
    return vector.get(cell, 0) + (vector.get(cell + 4, 0) if part == "all" else 0)


def _four(vector: Vector, part: str) -> list[int]:
    return [_of(vector, sex + nation, part) for _name, nation in _BY_NATION for sex in (0, 1)]


def _standing(vector: Vector, part: str) -> list[int]:
    four = _four(vector, part)
    families, souls = ledger.households(vector), sum(four)
    return [*four, families, souls - families, souls]


def _counts(figures: Figures, part: str) -> list[int]:
    flows = figures.flows
    born = _four(flows.get("births", {}), part)
    died = [-count for count in _four(flows.get("deaths", {}), part)]
    came, went = [0] * 4, [0] * 4
    for group, vector in flows.items():
        if group in ("births", "deaths"):
            continue
        for at, count in enumerate(_four(vector, part)):
            came[at] += max(count, 0)
            went[at] += max(-count, 0)
    start, end = _standing(figures.start, part), _standing(figures.end, part)
    return list(chain(start, born, came, died, went, end))


def _remark(figures: Figures, part: str) -> str:
    found = []
    for group, word in OTHER_WORDS.items():
        count = sum(_four(figures.flows.get(group, {}), part))
        if count:
            found.append(f"{word} {count:+d}")
    return "; ".join(found)


def _standing_columns(group: object) -> list[BookColumn]:
    people = [
        BookColumn(letter, (group, nation), "number", 4.5) for nation, _bit in _BY_NATION for letter in "LP"
    ]
    return [
        *people,
        BookColumn(_l("KK"), (group,), "number", 5),
        BookColumn(_l("Anggota keluarga"), (group,), "number", 6.5),
        BookColumn(_l("Jiwa"), (group,), "number", 6),
    ]


def _flow_columns(group: object, names: tuple[object, ...]) -> list[BookColumn]:
    return [
        BookColumn(letter, (group, name, nation), "number", 4)
        for name in names
        for nation, _bit in _BY_NATION
        for letter in "LP"
    ]


COLUMNS = (
    BookColumn(_l("No."), shape="number", width=4),
    BookColumn(_l("Nama wilayah"), width=14),
    *_standing_columns(_l("Jumlah penduduk awal bulan")),
    *_flow_columns(_l("Tambahan bulan ini"), (_l("Lahir"), _l("Datang"))),
    *_flow_columns(_l("Pengurangan bulan ini"), (_l("Meninggal"), _l("Pindah"))),
    *_standing_columns(_l("Jumlah penduduk akhir bulan")),
    BookColumn(_l("Keterangan"), width=14),
)

SUMMARY = Book(
    key="rekapitulasi",
    model="B.3",
    title=_l("Buku Rekapitulasi Jumlah Penduduk"),
    short=_l("Rekapitulasi"),
    about=_l(
        "Jumlah penduduk per wilayah pada awal dan akhir bulan, dengan yang bertambah dan yang berkurang."
    ),
    columns=COLUMNS,
    read=read_summary,
    has_numbers=False,
    names_people=False,
    by_area=False,
    letter_size=6.5,
)
