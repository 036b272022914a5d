"""Files that villages of the demo send to their register: an update that was applied, and one that still waits.

Each is a workbook with the headings that villages' files have today, made up from the village's own register and from
invented newcomers, and goes the whole way of an import: read, mapped, checked, and applied or not.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import xlsxwriter
from sqlalchemy import func, select

from app.core.privacy.vault import open_vault
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.filters import ResidentFilter
from app.government.residents.exports.rows import Sight, exchange_rows, exchange_targets
from app.government.residents.imports.columns import BY_NAME
from app.government.residents.imports.services import Asker, apply_import, choose_columns, start_import
from app.government.residents.imports.template import SHEET
from app.government.residents.models import ImportRun, Resident
from app.government.residents.synthetic import generate
from app.government.residents.writing import today
from tenants.jobs import run_job
from tenants.models import TenantJobRun
from tenants.scope import Tenant, tenant_scope

Row = dict[str, Any]
APPLIED, WAITING = "pembaruan-data-penduduk.xlsx", "pendataan-keluarga-baru.xlsx"
ROWS = 25
NOTE = "Sudah dicocokkan dengan kartu keluarga masing-masing."
ENOUGH = 80
"""An area with so many people has enough of them for both files."""
SERIAL = 7001
"""The last four digits of numbers in these files begin here: nobody in the register has them."""
UNKNOWN_BLOOD, RELATIVE, HEAD = 13, 9, codes.HEAD_OF_HOUSEHOLD
COLUMNS = (
    "registered_address", "area.sub_area", "area.rw", "area.rt", "name", "kk", "nik", "sex", "birth_place",
    "birth_date", "religion", "education", "schooling", "occupation", "marital_status", "relation", "nationality",
    "father_name", "mother_name", "blood_type", "phone",
)  # fmt: skip


def send_files(tenant: Tenant, asker: Asker) -> int:
    """Let a village send its two files, those that it has not sent yet; return how many were sent.

    Runs outside of any scope, and does the work of the worker itself: none runs yet while a demo is filled.
    """
    with tenant_scope(tenant):
        sent = set(db.session.scalars(select(ImportRun.file_name)))
    missing = [name for name in (APPLIED, WAITING) if name not in sent]
    for name in missing:
        with tenant_scope(tenant):
            data = _workbook(
                updated_rows(tenant.code) if name == APPLIED else rows_with_mistakes(tenant.code)
            )
            import_id = start_import(data, name, asker)
        _work(tenant, import_id)
        with tenant_scope(tenant):
            run = db.session.get_one(ImportRun, import_id)
            choose_columns(import_id, run.mapping["columns"], asker)
        _work(tenant, import_id)
        if name == APPLIED:
            with tenant_scope(tenant):
                version = db.session.get_one(ImportRun, import_id).row_version
                apply_import(
                    import_id, happened_on=None, make_areas=False, note=NOTE, expected=version, asker=asker
                )
            _work(tenant, import_id)
    return len(missing)


def _work(tenant: Tenant, import_id: uuid.UUID) -> None:
    """Do the job that an import waits for; the queue's own copy of it finds it done."""
    with tenant_scope(tenant):
        run = db.session.get_one(ImportRun, import_id)
        job = db.session.get_one(TenantJobRun, run.job_id)
        name, key, arguments = job.name, str(job.id), {**job.arguments, "run_id": str(job.id)}
    run_job(name, str(tenant.id), arguments, key)


# -- what stands in them ----------------------------------------------------------------------------------------------


def updated_rows(code: str) -> list[Row]:
    """What was found out about people of the present village since, and two or three families who were missing."""
    known, chance = _known(), Random(f"updated:{code}")
    new = _newcomers(code, known, 5, SERIAL)
    return [*(_updated(row, chance) for row in known[: ROWS - len(new)]), *new]


def rows_with_mistakes(code: str) -> list[Row]:
    """New families and changes as in `updated_rows`; one is doubtful, six can't be taken, each for its own reason."""
    known, chance = _known(), Random(f"mistakes:{code}")
    known = known[len(known) // 2 :]
    people = _newcomers(code, known, 14, SERIAL + 100)
    wrong = [
        {**person, "kk": row["kk"], "relation": RELATIVE}
        for person, row in zip(people[-5:], known, strict=False)
    ]
    new = _newcomers(code, known, 6, SERIAL + 100)
    born = dt.date.fromisoformat(new[-1]["birth_date"])
    new[-1]["birth_date"] = born.replace(day=born.day % 28 + 1).isoformat()
    wrong[0]["nik"] = wrong[0]["nik"][:15]
    wrong[1]["nik"] = f"{wrong[1]['nik'][0]},{wrong[1]['nik'][1:6]}E+15"
    wrong[2]["birth_date"] = (today() + dt.timedelta(days=40)).isoformat()
    wrong[3]["religion"] = 12
    wrong[4]["name"] = ""
    wrong.append(
        {**next(row for row in known[9:] if row["relation"] not in (HEAD, None, "")), "relation": HEAD}
    )
    taken = [row for row in known if row["nik"] != wrong[5]["nik"]][: ROWS - len(new) - len(wrong)]
    rows = [*(_updated(row, chance) for row in taken), *new]
    for number, row in enumerate(wrong):
        rows.insert(4 * number + 3, row)
    return rows


def _known() -> list[Row]:
    """People of one of the village's areas with their numbers, as the exchange format has them, family by family."""
    sight = Sight(identity=True, health=False)
    names = [target.name for target in exchange_targets(sight)]
    query = (
        select(Resident.sub_area_id)
        .where(Resident.vital_status == codes.ALIVE)
        .group_by(Resident.sub_area_id)
    )
    area = db.session.scalar(query.having(func.count() >= ENOUGH).order_by(Resident.sub_area_id).limit(1))
    found = exchange_rows(ResidentFilter(sub_area_id=area), sight, open_vault())
    rows = [dict(zip(names, cells, strict=True)) for cells in found]
    return [row for row in rows if row["nik"] and row["kk"] and row["birth_date"]]


def _updated(row: Mapping[str, Any], chance: Random) -> Row:
    """A blood type that was not known, a new telephone of somebody grown up; children whose type is known stay."""
    if row["blood_type"] in (UNKNOWN_BLOOD, None, ""):
        return {**row, "blood_type": chance.randint(1, 4)}
    if dt.date.fromisoformat(row["birth_date"]) < today() - dt.timedelta(days=17 * 366):
        return {**row, "phone": f"0812-0000-{chance.randrange(10_000):04d}"}
    return dict(row)


def _newcomers(code: str, known: Sequence[Row], at_least: int, serial: int) -> list[Row]:
    """Families whom the register does not know, beside people whom it knows; whole ones, until there are enough."""
    rows: list[Row] = []
    homes = generate(code, 60, serial, (), today(), home_place=str(known[0]["birth_place"]))
    whole = [
        home for home in homes
        if 2 <= len(home["members"]) <= 4 and all(p.get("nik") and p["birth_date"] for p in home["members"])
    ]  # fmt: skip
    for number, home in enumerate(whole):
        if len(rows) >= at_least:
            break
        place = {name: known[number][name] for name in COLUMNS[:4]}
        card = f"{home['kk'][:12]}{serial + number:04d}"
        for person in home["members"]:
            cells = {name: _cell(person.get(name)) for name in COLUMNS}
            nik = f"{person['nik'][:12]}{serial + len(rows):04d}"
            rows.append({**cells, **place, "kk": card, "nik": nik})
    return rows


def _cell(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _workbook(rows: Sequence[Row]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    page = book.add_worksheet(SHEET)
    page.write_row(0, 0, [BY_NAME[name].heading for name in COLUMNS])
    for number, row in enumerate(rows, start=1):
        page.write_row(number, 0, ["" if row[name] is None else row[name] for name in COLUMNS])
    book.close()
    return file.getvalue()
