"""An indicator's page and a comparison as files: places by value, courses over time. Every one is audited."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence

from flask import Response, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.indicators.declarations import Indicator
from app.core.tables import XLSX, Cell, Column, Shape, Sheet, harmless, write_sheets
from app.core.ui.formats import moment
from app.province import wording
from app.province.explorer.asking import level_name
from app.province.explorer.changes import month_name
from app.province.explorer.comparing import Comparison
from app.province.explorer.comparison_view import ComparisonView
from app.province.explorer.measures import SHARE, measure_name, offered
from app.province.explorer.presenting import area_of, told_words
from app.province.explorer.ranking import Line
from app.province.explorer.reading import Page, Point
from app.province.explorer.reasons import reason_apart
from app.province.figures import Figure
from app.province.watching import note_export
from tenants.models import now

FORMS = ("xlsx", "csv")
PARTS = ("", "tempat", "waktu")
COMPARED = ("", "tabel", "waktu")


def indicator_file(page: Page, form: str, part: str) -> ResponseReturnValue:
    """An indicator's places and course as a file; notes it in the audit log, and commits that.

    Args:
        form: `xlsx` or `csv`.
        part: `tempat`, `waktu`, or "" for both (a CSV file then holds the places, or the course of a village).
    """
    asked, one = page.asked, page.asked.indicator
    sheets = []
    if part != "waktu" and asked.level:
        sheets.append(_places(page))
    if part != "tempat" or not sheets:
        sheets.append(_course(page))
    name = f"{one.code}-{asked.spot.code}-{page.month:%Y-%m}"
    kept = sheets if form == "xlsx" else sheets[:1]
    rows = sum(len(list(sheet.rows)) for sheet in kept)
    summary = f"{wording.label(one)}, {asked.spot.name}, {month_name(page.month)}"
    details = {**asked.as_query(page.month), "bentuk": form}
    note_export("indicator", f"{one.code} {asked.spot.code}", summary, rows, details)
    return _file(kept, form, name)


def comparison_file(found: Comparison, form: str, part: str) -> ResponseReturnValue:
    """A comparison as a file; notes it in the audit log, and commits that. `part`: `tabel`, `waktu`, "" for both."""
    view = ComparisonView(found, may_export=True)
    sheets = []
    if part != "waktu":
        sheets.append(_table(found, view))
    if part != "tabel":
        sheets.append(_lines(found, view))
    kept = sheets if form == "xlsx" else sheets[:1]
    rows = sum(len(list(sheet.rows)) for sheet in kept)
    note_export("comparison", view.key, view.summary, rows, {**view.query, "bentuk": form})
    return _file(kept, form, f"perbandingan-{found.asked.own.code}-{found.month:%Y-%m}")


def _places(page: Page) -> Sheet:
    """The places of the level with their values of the month, those without a rank below."""
    asked, one = page.asked, page.asked.indicator
    columns = [
        Column(_("Peringkat"), "number", 11),
        Column(_("Kode wilayah"), width=15),
        Column(_("Nama"), width=30),
        Column(_("Letak"), width=40),
        Column(wording.label(one), _shape(one, asked.measure), 18),
        *(
            [Column(_("Pembilang"), "number", 14), Column(_("Penyebut"), "number", 14)]
            if one.rollup == "ratio"
            else []
        ),
        Column(_("Desa menyampaikan"), "number", 19),
        Column(_("Desa seluruhnya"), "number", 17),
        Column(_("Per"), "moment", 17),
        Column(_("Asal"), width=22),
        Column(_("Keterangan"), width=50),
    ]
    ranking = page.ranking
    rows = [_place_row(page, line) for line in (*ranking.ranked, *ranking.apart)]
    # A sheet's name may not hold a slash.
    return Sheet(level_name(asked.level).replace("/", " "), columns, rows, about(page))


def _place_row(page: Page, line: Line) -> tuple[Cell, ...]:
    one, figure = page.asked.indicator, line.figure
    parts = (figure.numerator, figure.denominator) if one.rollup == "ratio" else ()
    return (
        line.rank, line.code, line.name, area_of(line.code, page.asked.spot.code),
        _cell(one, figure, line.value), *parts, figure.told, line.place.villages, figure.newest,
        _origin(figure, line.place.software), "" if line.rank else reason_apart(line),
    )  # fmt: skip


def _course(page: Page) -> Sheet:
    asked, one = page.asked, page.asked.indicator
    columns = [
        Column(_("Bulan"), width=12),
        Column(wording.label(one), _shape(one, asked.measure), 18),
        *(
            [Column(_("Pembilang"), "number", 14), Column(_("Penyebut"), "number", 14)]
            if one.rollup == "ratio"
            else []
        ),
        Column(_("Desa menyampaikan"), "number", 19),
        Column(_("Per"), "moment", 17),
        Column(_("Asal"), width=22),
        Column(_("Keterangan"), width=50),
    ]
    software = asked.spot.village.software if asked.spot.village else None
    rows = [_course_row(one, point, software) for point in page.course]
    return Sheet(str(_("Dari waktu ke waktu")), columns, rows, about(page))


def _course_row(one: Indicator, point: Point, software: str | None) -> tuple[Cell, ...]:
    figure = point.figure
    parts = (figure.numerator, figure.denominator) if one.rollup == "ratio" else ()
    return (
        f"{point.month:%Y-%m}", _cell(one, figure, point.value), *parts, figure.told, figure.newest,
        _origin(figure, software), wording.hidden_reason(figure),
    )  # fmt: skip


def _table(found: Comparison, view: ComparisonView) -> Sheet:
    columns = [
        Column(_("Indikator"), width=38),
        Column(_("Kode"), width=26),
        Column(_("Satuan"), width=22),
        *(Column(view.name(place), "decimal", 18) for place in found.places),
    ]
    rows: list[tuple[Cell, ...]] = []
    for one in found.asked.indicators:
        points = [found.table[one.code, place.code] for place in found.places]
        by = measure_name(found.asked.measure) if found.asked.measure in offered(one) else ""
        cells = [_cell(one, point.figure, point.value) for point in points]
        rows.append((wording.label(one), one.code, by or wording.unit_words(one), *cells))
    return Sheet(str(_("Tabel")), columns, rows, _about_comparison(found, view))


def _lines(found: Comparison, view: ComparisonView) -> Sheet:
    first = found.asked.indicators[0]
    shape = _shape(first, found.asked.measure)
    columns = [Column(_("Bulan"), width=12), *(Column(view.name(place), shape, 18) for place in found.places)]
    rows = [
        (f"{month:%Y-%m}", *(_cell(first, line[at].figure, line[at].value) for line in found.series.values()))
        for at, month in enumerate(found.months)
    ]
    title = f"{wording.label(first)} · {_about_comparison(found, view)}"
    return Sheet(str(_("Dari waktu ke waktu")), columns, rows, title)


def about(page: Page) -> str:
    """The line above the headings: indicator, place, month, as of when, who told, where it comes from."""
    asked, figure = page.asked, page.now.figure
    parts = [
        f"{wording.label(asked.indicator)} ({asked.indicator.code})",
        asked.spot.name,
        month_name(page.month),
        str(_("per %(moment)s", moment=moment(figure.newest))) if figure.newest else "",
        told_words(figure.told, page.total, page.desa_told) if asked.level else "",
        measure_name(asked.measure) if asked.measure else "",
        _source_line(bool(figure.demo)),
    ]
    return " · ".join(part for part in parts if part)


def _about_comparison(found: Comparison, view: ComparisonView) -> str:
    parts = [
        str(_("Perbandingan %(level)s", level=level_name(found.asked.level).lower())),
        month_name(found.month),
        str(_("diunduh %(moment)s", moment=moment(now()))),
        _source_line(view.has_demo),
    ]
    return " · ".join(parts)


def _source_line(has_demo: bool) -> str:
    source = str(_("Sumber: Siger, data desa dan kelurahan Provinsi Lampung"))
    if not has_demo:
        return source
    demo = _("berisi data contoh")
    return f"{source} ({demo})"


def _shape(one: Indicator, measure: str) -> Shape:
    if measure in offered(one):
        return "percent" if measure == SHARE else "decimal"
    if one.unit == "date":
        return "moment"
    if one.unit == "percent":
        return "percent"
    return "number" if one.rollup == "sum" else "decimal"


def _cell(one: Indicator, figure: Figure, value: float | None) -> Cell:
    """The number to calculate with; "<5" or "disembunyikan" where it may not be told, empty where it is missing."""
    if figure.is_hidden or one.unit == "date":
        return wording.as_cell(one, figure)
    return value


def _origin(figure: Figure, software: str | None) -> str:
    if figure.is_missing:
        return ""
    if figure.demo == figure.told:
        return str(_("Data contoh"))
    if figure.source in ("push", "csv"):
        return software or str(_("Sistem lain"))
    return "Siger" if not figure.demo else str(_("Siger dan data contoh"))


def _file(sheets: Sequence[Sheet], form: str, name: str) -> ResponseReturnValue:
    if form == "csv":
        answer = Response(csv_lines(sheets[0]), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    else:
        file = write_sheets(sheets)
        answer = send_file(file, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx", max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def csv_lines(sheet: Sheet) -> Iterator[bytes]:
    """A sheet as CSV (UTF-8 with its mark, semicolons), row by row; no cell is taken for a formula."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerows([[harmless(sheet.about)], [], [harmless(column.heading) for column in sheet.columns]])
    for number, row in enumerate(sheet.rows):
        writer.writerow([_plain(cell) for cell in row])
        if number % 200 == 199:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _plain(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, int | float):
        return int(cell) if float(cell).is_integer() else cell
    return cell.isoformat(timespec="minutes") if isinstance(cell, dt.datetime) else cell.isoformat()
