"""A region's villages with their index as a file; every one is noted in the audit log."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence

from flask import Response, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.tables import XLSX, Cell, Column, harmless, write_workbook
from app.province.readiness import queries
from app.province.readiness.classes import UNTOLD
from app.province.readiness.indicators import PILLARS
from app.province.readiness.presenting import PILLAR_WORDS, Filters, month_words
from app.province.readiness.queries import Village
from app.province.regions import Territory
from app.province.watching import note_export

FORMS = ("xlsx", "csv")


def villages_file(here: Territory, month: dt.date, filters: Filters, form: str) -> ResponseReturnValue:
    """The villages that the filters leave, as a workbook or CSV; notes it in the audit log, and commits that."""
    chosen = filters.chosen(queries.villages_of(here, month))
    pillars = queries.pillar_values(month)
    rows = [_row(one, pillars.get(one.id, {})) for one in chosen]
    summary = f"{_('Indeks kesiapan')}, {here.name}, {month_words(month)}"
    note_export("region", here.code, summary, len(rows), {**filters.as_query(), "bulan": f"{month:%Y-%m}"})
    name = f"kesiapan-{here.code}-{month:%Y-%m}"
    if form == "csv":
        return _csv(_columns(), rows, name)
    file = write_workbook(_("Kesiapan"), _columns(), rows, summary)
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx", max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


def _columns() -> list[Column]:
    return [
        Column(_("Kode wilayah"), width=15),
        Column(_("Nama"), width=30),
        Column(_("Jenis"), width=11),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=30),
        Column(_("Indeks kesiapan"), "decimal", 15),
        Column(_("Kelas"), width=14),
        *(Column(str(PILLAR_WORDS[pillar]), "decimal", 14) for pillar in PILLARS),
        Column(_("Perubahan 3 bulan"), "decimal", 18),
    ]


def _row(one: Village, pillars: dict[str, float]) -> tuple[Cell, ...]:
    rank = "" if one.rank is UNTOLD else str(one.rank.label)
    scores = (pillars.get(pillar) for pillar in PILLARS)
    return (one.code, one.name, one.kind, one.district, one.regency, one.index, rank, *scores, one.change)


def _csv(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], name: str) -> Response:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.heading for column in columns])
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response
