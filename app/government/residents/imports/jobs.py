"""The long work of an import, each a job that may be tried again: read the file, check the rows, apply, take back."""

from __future__ import annotations

import datetime as dt
import gc
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select

from app.core import audit
from app.core.actors import Actor, acting_as
from app.core.files.storage import ObjectMissing
from app.core.privacy.vault import Vault, open_vault
from app.core.spreadsheets import SpreadsheetRefused, Table, read_table
from app.extensions import db
from app.government.residents.imports.applying import Applied, apply_plan, stored_plan
from app.government.residents.imports.columns import BY_HEADING
from app.government.residents.imports.known import read_register
from app.government.residents.imports.mapping import guess, remembered, settled, signature
from app.government.residents.imports.packing import counts_of, has_health, packed_plan, preview_parts
from app.government.residents.imports.planning import plan_import
from app.government.residents.imports.sampling import kept_table
from app.government.residents.imports.services import APPLY, CHECK, READ, UNDO
from app.government.residents.imports.storing import (
    get_lines,
    get_part,
    get_upload,
    packed,
    packed_lines,
    put_check,
    put_part,
)
from app.government.residents.imports.undoing import InTheWay, undo_rows
from app.government.residents.models import ImportRun
from app.government.residents.writing import Writing, today
from tenants.jobs import job, report_progress
from tenants.models import TenantJobRun, now
from tenants.scope import current_tenant, tenant_scope


@job(READ, timeout=120)
def read_import(
    import_id: str, run_id: str, locale: str = "id", sheet: str | None = None, **_more: Any
) -> None:
    """Read the upload into rows and guess what its columns are; a file that can't be read fails with its sentence."""
    with force_locale(locale):
        run = _run(import_id, "reading")
        if run is None:
            return
        data, file_name = get_upload(run.id, open_vault()), run.file_name
        db.session.rollback()
        try:
            table = read_table(data, file_name, known=BY_HEADING, sheet=sheet)
        except SpreadsheetRefused as refused:
            run = _run(import_id, "reading")
            if run is not None:
                run.state, run.error = "failed", str(refused)
                db.session.commit()
            return
        _keep_table(import_id, table)


def _keep_table(import_id: str, table: Table) -> None:
    kept, rows = kept_table(table), packed_lines(table.rows)
    table.rows.clear()
    run = _run(import_id, "reading")
    if run is None:
        return
    vault = open_vault(for_writing=True)
    put_part(run.id, "table", packed(kept), vault)
    put_part(run.id, "rows", rows, vault)
    run.signature = signature(table.header)
    known = remembered(table.header)
    columns = known if known is not None else guess(table.header)
    run.mapping = {
        "columns": {str(number): name for number, name in columns.items()},
        "remembered": known is not None,
        "sheet": table.sheet,
    }
    run.counts = {"rows": kept["rows"]}
    run.state, run.key_id = "mapping", vault.key_id
    run.row_version += 1
    db.session.commit()


@job(CHECK, timeout=300)
def check_import(
    import_id: str, run_id: str, may_health: bool = False, locale: str = "id", **_more: Any
) -> None:
    """Compare all rows with the register and keep the plan and its preview.

    Nothing is locked meanwhile: whoever gives the import up is not kept waiting, and what was found then is dropped.
    """
    with force_locale(locale), _many_rows():
        run = db.session.get(ImportRun, uuid.UUID(import_id))
        if run is None or run.state != "checking":
            db.session.rollback()
            return
        parts, found = _checked(run, may_health)
        run = _run(import_id, "checking")
        if run is None:
            return
        vault = open_vault(for_writing=True)
        put_check(run.id, parts, vault)
        run.counts = found.counts
        run.mapping = {**run.mapping, "health": found.health}
        run.state, run.key_id = "ready", vault.key_id
        run.row_version += 1
        db.session.commit()


@dataclass(frozen=True, slots=True)
class _Found:
    """How many rows of each kind there are, and whether some of it is about health."""

    counts: dict[str, int]
    health: bool


def _checked(run: ImportRun, may_health: bool) -> tuple[dict[str, bytes], _Found]:
    """The plan and the preview as parts to be kept. Ends the transaction as soon as the register was read."""
    vault = open_vault()
    table, rows = get_part(run.id, "table", vault), get_lines(run.id, "rows", vault)
    columns = settled(run.mapping["columns"], len(table["header"]))
    accepted = run.mapping.get("accepted", {})
    register = read_register(vault)
    db.session.rollback()
    plan = plan_import(
        rows,
        columns,
        register,
        long_numbers=table["long"],
        today=today(),
        may_health=may_health,
        accepted=accepted,
    )
    found = _Found({"rows": table["rows"], **counts_of(plan)}, has_health(plan))
    return preview_parts(plan, register) | packed_plan(plan, register), found


@job(APPLY, timeout=600)
def apply_import(
    import_id: str,
    run_id: str,
    account_id: str,
    happened_on: str,
    make_areas: bool,
    note: str,
    locale: str = "id",
    **_more: Any,
) -> None:
    """Write the plan in one transaction: all of it or, when the job dies, nothing; never twice."""
    with force_locale(locale), _asker(account_id, run_id), _many_rows():
        run = _run(import_id, "applying")
        if run is None:
            return
        day = dt.date.fromisoformat(happened_on)
        writing = Writing(day, import_id=run.id)
        done = apply_plan(
            stored_plan(run.id, writing.vault),
            writing,
            make_areas=make_areas,
            accepted=note,
            progress=_Progress(run_id),
        )
        run.counts = {**run.counts, **_result(done)}
        run.mapping = {**run.mapping, "happened_on": happened_on, "areas": [str(area) for area in done.areas]}
        run.state, run.applied_at, run.key_id = "applied", now(), writing.vault.key_id
        put_part(run.id, "result", packed({"conflicts": done.conflicts}), writing.vault)
        audit.record(
            "residents.imported",
            object_type="import",
            object_id=run.id,
            summary=run.file_name,
            details={
                "records": done.new + done.changed + done.households,
                **_result(done),
                "happened_on": day,
                **({"note": note} if note else {}),
            },
        )
        writing.finish()


def _result(done: Applied) -> dict[str, int]:
    return {
        "applied_new": done.new, "applied_changed": done.changed, "applied_households": done.households,
        "applied_areas": len(done.areas), "conflicts": len(done.conflicts),
    }  # fmt: skip


@job(UNDO, timeout=600)
def undo_import(import_id: str, run_id: str, account_id: str, locale: str = "id", **_more: Any) -> None:
    """Take an import back in one transaction, or say what stands in the way."""
    with force_locale(locale), _asker(account_id, run_id):
        run = _run(import_id, "undoing")
        if run is None:
            return
        writing = Writing(today())
        try:
            made = [uuid.UUID(area) for area in run.mapping.get("areas", [])]
            undone = undo_rows(run.id, writing, made, _Progress(run_id))
        except InTheWay as hindrance:
            db.session.rollback()
            run = _run(import_id, "undoing")
            if run is not None:
                run.state, run.error = "applied", str(hindrance)
                vault = open_vault(for_writing=True)
                put_part(
                    run.id,
                    "result",
                    packed({**_kept_result(run.id, vault), "in_the_way": hindrance.names}),
                    vault,
                )
                run.row_version += 1
                db.session.commit()
            return
        run.counts = {**run.counts, "undone_new": undone.removed, "undone_changed": undone.restored}
        run.state, run.undone_at, run.error = "undone", now(), ""
        audit.record(
            "residents.import_undone",
            object_type="import",
            object_id=run.id,
            summary=run.file_name,
            details={"removed": undone.removed, "restored": undone.restored, "removed_areas": undone.areas},
        )
        writing.finish()


def _kept_result(import_id: uuid.UUID, vault: Vault) -> dict[str, Any]:
    try:
        return dict(get_part(import_id, "result", vault))
    except ObjectMissing:
        return {}


@contextmanager
def _many_rows() -> Iterator[None]:
    """Ten thousand rows stay in memory until the job ends: looking for cycles among them finds none and costs much."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Progress:
    """Tells how far the work is, in a transaction of its own: the import's stays open."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id

    def __call__(self, stage: int) -> None:
        with tenant_scope(current_tenant()):
            report_progress(self.run_id, stage)


def _run(import_id: str, state: str) -> ImportRun | None:
    """The import, locked, if it still waits for this work: a job that comes twice finds it done."""
    query = select(ImportRun).where(ImportRun.id == uuid.UUID(import_id)).with_for_update()
    run = db.session.scalars(query).one_or_none()
    if run is None or run.state != state:
        db.session.rollback()
        return None
    return run


@contextmanager
def _asker(account_id: str, run_id: str) -> Iterator[None]:
    """Act in the name of who asked."""
    name = db.session.scalar(select(TenantJobRun.asked_by).where(TenantJobRun.id == uuid.UUID(run_id))) or ""
    with acting_as(Actor(uuid.UUID(account_id), name, "")):
        yield
