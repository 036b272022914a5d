"""Every list of the results as a workbook or CSV; each one that is taken out is noted in the audit log."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Mapping, Sequence

from flask import Response, abort, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.tables import XLSX, Cell, Column, harmless, write_workbook
from app.core.ui.formats import moment
from app.province.regions import frame_name, region_contains
from app.province.training.events import words as event_words
from app.province.training.results.effect_view import EffectView
from app.province.training.results.event_view import EventResults
from app.province.training.results.never_view import NeverCame
from app.province.training.results.presenting import RegionResults
from app.province.training.results.queries import Sums
from app.province.watching import note_export
from tenants.models import now

FORMS = ("xlsx", "csv")
Rows = Sequence[Sequence[Cell]]


def places_file(view: RegionResults, form: str) -> ResponseReturnValue:
    """Who came from where. Notes it, and commits that."""
    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(view.places_title, width=30),
        Column(_("Desa dan kelurahan"), "number", 19),
        Column(_("Di antaranya ikut"), "number", 18),
        *_people_columns(),
    ]
    rows = [
        (one.code, one.name, one.villages, one.came_villages, *_people_cells(one.sums)) for one in view.places
    ]
    title = _("Asal peserta pelatihan")
    about = f"{title}, {view.here.name}, {view.filters.period_words}"
    return _file(
        _("Asal peserta"), columns, rows, about, f"asal-peserta-{view.here.code}", form,
        ("region", view.here.code, view.filters.as_query()),
    )  # fmt: skip


def events_file(view: RegionResults, form: str) -> ResponseReturnValue:
    """The trainings with what they brought. Notes it, and commits that."""
    columns = [
        Column(_("Pelatihan"), width=44),
        Column(_("Jenis"), width=20),
        Column(_("Penyelenggara"), width=30),
        Column(_("Mulai"), "date", 12),
        Column(_("Selesai"), "date", 12),
        *_people_columns(),
        Column(_("Biaya dibelanjakan (Rp)"), "number", 22),
        Column(_("Biaya tiap peserta (Rp)"), "number", 22),
    ]
    sums = view.found.by_event()
    rows: list[Sequence[Cell]] = []
    for one in view.found.events:
        own = region_contains(view.here.code, one.region_code)
        cost = round(one.cost) if own and one.cost is not None else None
        rows.append(
            (
                one.title, str(event_words.kind_word(one.kind)), frame_name(one.region_code), one.starts_on,
                one.ends_on,
                *_people_cells(sums.get(one.id, Sums())), one.spent if own else None, cost,
            )
        )  # fmt: skip
    about = f"{_('Hasil pelatihan')}, {view.here.name}, {view.filters.period_words}"
    return _file(
        _("Hasil pelatihan"), columns, rows, about, f"hasil-pelatihan-{view.here.code}", form,
        ("region", view.here.code, view.filters.as_query()),
    )  # fmt: skip


def never_file(view: NeverCame, form: str) -> ResponseReturnValue:
    """The villages that never came. Notes it, and commits that."""
    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Nama"), width=30),
        Column(_("Jenis"), width=11),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=30),
        Column(_("Penerapan Siger"), width=16),
        Column(_("Undangan pelatihan"), "number", 18),
        Column(_("Undangan terakhir"), "moment", 18),
        Column(_("Kali menolak"), "number", 13),
        Column(_("Kursi tanpa hadir"), "number", 17),
    ]
    rows = [
        (
            one.village.code, one.village.name, one.village.kind, one.village.district, one.village.regency,
            one.state["label"], one.asked.invitations, one.asked.last, one.asked.declined, one.asked.absent,
        )
        for one in view.listed
    ]  # fmt: skip
    about = _(
        "Desa yang belum pernah ikut pelatihan, %(region)s, per %(moment)s", region=view.here.name,
        moment=moment(now()),
    )  # fmt: skip
    return _file(
        _("Belum pernah ikut"), columns, rows, about, f"belum-pernah-ikut-{view.here.code}", form,
        ("region", view.here.code, view.filters.as_query()),
    )  # fmt: skip


def event_file(view: EventResults, form: str) -> ResponseReturnValue:
    """The villages of one training. Notes it, and commits that."""
    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Desa"), width=30),
        Column(_("Kecamatan"), width=22),
        Column(_("Kabupaten/kota"), width=30),
        Column(_("Undangan"), width=16),
        *_people_columns(),
    ]
    rows = [
        (
            one.village.code, one.village.name, one.village.district, one.village.regency, one.answer_words,
            *_people_cells(one.sums),
        )
        for one in view.lines()
    ]  # fmt: skip
    about = f"{view.event.title}, {event_words.days(view.event.starts_on, view.event.ends_on)}"
    name = f"hasil-{view.event.starts_on.isoformat()}"
    return _file(_("Hasil"), columns, rows, about, name, form, ("training_event", view.event.id, {}))


def effect_file(view: EffectView, form: str) -> ResponseReturnValue:
    """The trained villages beside their like. Notes it, and commits that."""
    columns = [
        Column(_("Kode wilayah"), width=15),
        Column(_("Nama"), width=30),
        Column(_("Kabupaten/kota"), width=30),
        Column(_("Dilatih"), width=18),
    ]
    for one in view.measures:
        columns += [
            Column(_("%(measure)s: sebelum", measure=one.label), "decimal", 24),
            Column(_("%(measure)s: sesudah", measure=one.label), "decimal", 24),
            Column(_("%(measure)s: perubahan pembanding", measure=one.label), "decimal", 30),
            Column(_("%(measure)s: banyaknya pembanding", measure=one.label), "number", 30),
            Column(_("%(measure)s: selisih", measure=one.label), "decimal", 24),
        ]
    rows: list[Sequence[Cell]] = []
    for line in view.lines:
        cells: list[Cell] = [line.village.code, line.village.name, line.village.regency, line.month]
        for part in line.parts:
            cells += (
                [None] * 5
                if part is None
                else [part.before, part.after, part.like_change, part.like, part.difference]
            )
        rows.append(cells)
    about = _(
        "Desa yang dilatih dan pembandingnya, %(region)s, %(months)s bulan sesudah pelatihan. Hubungan, bukan bukti "
        "sebab.", region=view.here.name, months=view.filters.horizon,
    )  # fmt: skip
    return _file(
        _("Dampak"), columns, rows, about, f"dampak-pelatihan-{view.here.code}", form,
        ("region", view.here.code, {"jangka": str(view.filters.horizon)}),
    )  # fmt: skip


def _people_columns() -> list[Column]:
    return [
        Column(_("Terdaftar"), "number", 11),
        Column(_("Datang"), "number", 10),
        Column(_("Perempuan"), "number", 11),
        Column(_("Tidak datang"), "number", 13),
        Column(_("Menjawab kedua tes"), "number", 19),
        Column(_("Nilai sebelum"), "decimal", 14),
        Column(_("Nilai sesudah"), "decimal", 14),
    ]


def _people_cells(sums: Sums) -> tuple[Cell, ...]:
    return (
        sums.registered, sums.came, sums.women, sums.absent, sums.paired,
        None if sums.pre_mean is None else round(sums.pre_mean, 1),
        None if sums.post_mean is None else round(sums.post_mean, 1),
    )  # fmt: skip


def _file(
    sheet: str,
    columns: Sequence[Column],
    rows: Rows,
    about: str,
    name: str,
    form: str,
    noted: tuple[str, str | uuid.UUID, Mapping[str, str]],
) -> ResponseReturnValue:
    """A list as a file; `noted` is what the audit log says of it: the noun, its id, how it was filtered."""
    if form not in FORMS:
        abort(404)
    noun, ident, filters = noted
    note_export(noun, ident, about, len(rows), filters)
    if form == "csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow([column.heading for column in columns])
        for row in rows:
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    else:
        file = write_workbook(sheet, columns, rows, about)
        response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx", max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response
