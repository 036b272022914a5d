"""The report as a workbook: the same figures as the PDF, and every village."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask_babel import force_locale

from app.core.indicators.declarations import Indicator
from app.core.tables import Cell, Column, Shape, Sheet, write_sheets
from app.core.ui.formats import moment, number
from app.province import states
from app.province.figures import Figure
from app.province.readiness.classes import CLASSES, class_of
from app.province.readiness.indicators import INDEX
from app.province.regions import REGENCY
from app.province.reports import sentences
from app.province.reports.content import PILLARS, Content, Part, below_word
from app.province.wording import as_cell, is_mean, unit_words


def report_xlsx(content: Content, edition: int) -> bytes:
    """Write the workbook: Ringkasan, the parts (Kecamatan), Desa, Kesiapan, Perlu bantuan."""
    with force_locale("id"):
        about = (
            f"Laporan Adopsi Siger {content.territory.name}, {sentences.month_name(content.month)}, edisi {edition}; "
            f"angka per {moment(content.as_of)}{'; DATA CONTOH' if content.demo else ''}"
        )
        sheets = [_summary(content, about)]
        if content.territory.level <= REGENCY:
            sheets.append(_parts(content, about))
        sheets += [_villages(content, about), _readiness(content, about), _help(content, about)]
        with write_sheets(sheets) as file:
            return file.read()


def _shape(indicator: Indicator) -> Shape:
    if indicator.unit == "percent":
        return "percent"
    if indicator.unit == "date":
        return "moment"
    return "decimal" if is_mean(indicator) or indicator.unit in ("hours", "days", "score") else "number"


def _summary(content: Content, about: str) -> Sheet:
    columns = [
        Column("Kelompok", width=14),
        Column("Angka", width=46),
        Column("Satuan", width=16),
        Column("Bulan ini", "decimal", 14),
        Column("Bulan lalu", "decimal", 14),
        Column("Desa melapor", "number", 14),
        Column("Desa contoh", "number", 12),
        Column("Keterangan", width=70),
    ]

    def rows() -> Iterator[Sequence[Cell]]:
        for kind, live in content.live.items():
            yield (
                "Adopsi", f"{kind.capitalize()} memakai", "desa", live.count, live.before, live.total, None,
                f"dari {number(live.total)} {kind}",
            )  # fmt: skip
        for one in content.key_figures:
            yield (
                one.group, one.indicator.label, unit_words(one.indicator), _scaled(one.indicator, one.now),
                _scaled(one.indicator, one.before), one.now.told, one.now.demo, one.indicator.definition,
            )  # fmt: skip
        for kind, counted in (content.states or {}).items():
            for state, said in states.STATES.items():
                if counted[state]:
                    yield (
                        "Corong",
                        f"{said.label} ({kind})",
                        "desa",
                        counted[state],
                        None,
                        None,
                        None,
                        str(said.meaning),
                    )
        for sentence in [*sentences.summary(content), *sentences.notes(content)]:
            yield ("Catatan", sentence, None, None, None, None, None, None)

    return Sheet("Ringkasan", columns, rows(), about)


def _scaled(indicator: Indicator, figure: Figure) -> Cell:
    """A share as percent points: the sheet's column holds figures of many units, named beside them."""
    cell = as_cell(indicator, figure)
    return cell * 100 if indicator.unit == "percent" and isinstance(cell, float | int) else cell


def _parts(content: Content, about: str) -> Sheet:
    letters = next(
        (one.indicator for one in content.key_figures if one.indicator.code == "letters.issued"), None
    )
    index = next((one.indicator for one in content.key_figures if one.indicator.code == INDEX), None)
    columns = [
        Column("Kode wilayah", width=13),
        Column(below_word(content.territory), width=30),
        Column("Desa", "number", 8),
        Column("Desa memakai", "number", 14),
        Column("Bagian desa", "percent", 12),
        Column("Bulan lalu", "number", 12),
        Column("Kelurahan", "number", 11),
        Column("Kelurahan memakai", "number", 18),
        Column("Bekerja 30 hari", "number", 16),
        Column("Surat terbit", "number", 12),
        Column("Indeks kesiapan", "decimal", 15),
        *(Column(str(one.label), "number", 12) for one in CLASSES),
    ]

    def row(part: Part) -> Sequence[Cell]:
        desa, city = part.live["desa"], part.live["kelurahan"]
        return (
            part.place.code, part.place.name, desa.total, desa.count, desa.share, desa.before, city.total, city.count,
            part.working, as_cell(letters, part.letters) if letters else None,
            as_cell(index, part.index) if index else None, *(part.classes[one.key] for one in CLASSES),
        )  # fmt: skip

    name = "Kecamatan" if content.territory.level == REGENCY else "Kabupaten-kota"
    return Sheet(name, columns, (row(part) for part in content.parts), about)


def _villages(content: Content, about: str) -> Sheet:
    columns = [
        Column("Kode wilayah", width=15),
        Column("Desa/kelurahan", width=30),
        Column("Jenis", width=10),
        Column("Keadaan", width=16),
        Column("Sistem", width=14),
        *(Column(one.label, _shape(one), 16) for one in content.columns),
        Column("Sumber angka", width=16),
    ]
    sources = {"siger": "Siger", "push": "sistem lain", "csv": "berkas", "demo": "contoh"}

    def rows() -> Iterator[Sequence[Cell]]:
        for place in content.villages:
            found = [content.of_village(place, one.code) for one in content.columns]
            told = sorted({sources.get(figure.source or "", "") for figure in found if figure.source})
            yield (
                place.code, place.name, "desa" if place.desa else "kelurahan",
                str(states.words(place.state or "").label), place.software or "Siger",
                *(as_cell(one, figure) for one, figure in zip(content.columns, found, strict=True)),
                ", ".join(told),
            )  # fmt: skip

    return Sheet("Desa", columns, rows(), about)


def _readiness(content: Content, about: str) -> Sheet:
    shown = [one for one in content.columns if one.code in (INDEX, *PILLARS)]
    columns = [
        Column("Kode wilayah", width=15),
        Column("Desa/kelurahan", width=30),
        Column("Kelas", width=14),
        *(Column(one.label, "decimal", 22) for one in shown),
    ]

    def rows() -> Iterator[Sequence[Cell]]:
        for one in CLASSES:
            said = f"Jumlah {one.label}: {number(content.classes[one.key])}"
            yield ("", said, str(one.label), *(None for _ in shown))
        for place in content.villages:
            found = [content.of_village(place, one.code) for one in shown]
            kind = class_of(content.of_village(place, INDEX).value)
            cells = (as_cell(one, figure) for one, figure in zip(shown, found, strict=True))
            yield (place.code, place.name, str(kind.label), *cells)

    return Sheet("Kesiapan", columns, rows(), about)


def _help(content: Content, about: str) -> Sheet:
    columns = [
        Column("Kode wilayah", width=15),
        Column("Desa/kelurahan", width=30),
        Column("Kecamatan", width=22),
        Column("Kabupaten/kota", width=28),
        Column("Keadaan", width=16),
        Column("Sebab", width=70),
    ]
    rows = (
        (
            one.code, one.name, one.district, one.regency, str(states.words(one.state).label),
            sentences.about_reasons(one),
        )
        for one in content.help.villages
    )  # fmt: skip
    return Sheet("Perlu bantuan", columns, rows, about)
