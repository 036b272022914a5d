"""Changing the key of a village: everything sealed is sealed anew, and every blind index computed again.

The records of a village change in one transaction that holds `village_state` FOR UPDATE from its first statement: who
writes waits until it is over and then seals with the new key. Objects follow, each by itself: every one says which key
it needs, so reading goes on all the time, and a change that was killed in the middle is finished by running it again.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import ARRAY, LargeBinary, Row, Uuid, cast, func, or_, select, update

from app.core.audit import record
from app.core.files.storage import ObjectMissing, get_object, get_object_start, list_objects, put_object
from app.core.privacy.files import bound_to, object_path
from app.core.privacy.keys import village_keys
from app.core.privacy.models import VillageState
from app.core.privacy.sealed import SealedTable, sealed_folders, sealed_tables
from app.core.privacy.vault import SealBroken, Vault, head_of, key_of
from app.extensions import db
from tenants import fan_out, jobs
from tenants.models import PlatformJobRun, TenantRow, now
from tenants.scope import current_tenant

log = structlog.get_logger(__name__)

ROTATE = "privacy.rotate"
ROWS = 1000
"""Records that are opened, sealed and written back at a time."""
HEAD_BYTES = 64
"""The beginning of an object, long enough for the name of its key."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """What a change of key did in one village."""

    records: int
    objects: int


def reseal_village(key_id: str) -> Resealed:
    """Seal everything of the present village with another master key; what has it already is passed over. Commits.

    Raises UnknownKey when MASTER_KEYS lacks this key or one that something is sealed under, SealBroken when something
    does not open (no record is changed then), StorageAway.
    """
    village_keys(current_tenant().id, key_id)
    records = _reseal_records(key_id)
    objects = _reseal_objects(key_id)
    if objects:
        record("privacy.objects_resealed", summary=key_id, details={"count": objects})
        db.session.commit()
    return Resealed(records, objects)


@jobs.job(ROTATE, queue="bulk", timeout=1800)
def rotate(to: str) -> dict[str, int]:
    """The job: change the key of the village of the present scope."""
    done = reseal_village(to)
    return {"records": done.records, "objects": done.objects}


def ask_for_all(to: str, asked_by: str | None = None) -> PlatformJobRun:
    """Ask the worker to change the key of every village that has a schema. Inside a platform scope; commits."""
    label = _("Kunci data pribadi: %(key)s", key=to)
    run = fan_out.fan_out(ROTATE, label, village_ids(), asked_by=asked_by, to=to)
    record("privacy.rotation_requested", object_type="job", object_id=run.id, summary=to)
    db.session.commit()
    return run


def village_ids() -> list[uuid.UUID]:
    """Every village that has a schema, suspended and archived ones too, in the order of their codes."""
    query = select(TenantRow.id).where(TenantRow.schema_name.is_not(None)).order_by(TenantRow.code)
    return list(db.session.scalars(query))


# -- records ------------------------------------------------------------------------------------------------------


def _reseal_records(key_id: str) -> int:
    state = db.session.scalar(select(VillageState).with_for_update())
    if state is None:
        db.session.rollback()
        return 0
    vault = Vault(current_tenant().id, key_id)
    count = sum(_reseal_table(declared, vault) for declared in sealed_tables())
    if count or state.key_id != key_id:
        details = {"before": {"key": state.key_id}, "after": {"key": key_id}, "count": count}
        record("privacy.key_changed", summary=key_id, details=details)
        state.key_id, state.rotated_at = key_id, now()
    db.session.commit()
    return count


def _reseal_table(declared: SealedTable, vault: Vault) -> int:
    table = declared.model.__table__
    columns = [table.c[name] for name in declared.columns]
    head = head_of(vault.key_id)
    elsewhere = or_(*(func.substring(column, 1, len(head)) != head for column in columns))
    count, last = 0, None
    while True:
        query = select(table.c.id, *columns).where(elsewhere).order_by(table.c.id).limit(ROWS)
        rows = db.session.execute(query if last is None else query.where(table.c.id > last)).all()
        if rows:
            _write_back(declared, [_resealed(declared, row, vault) for row in rows])
            count, last = count + len(rows), rows[-1].id
        if len(rows) < ROWS:
            return count


def _resealed(declared: SealedTable, row: Row[Any], vault: Vault) -> list[Any]:
    """The row's id, its sealed columns under the new key, its blind indexes."""
    belongs_to = f"{declared.model.__tablename__}:{row.id}"
    boxes: Sequence[bytes | None] = row[1:]
    plain = [vault.open(sealed, belongs_to) if sealed is not None else None for sealed in boxes]
    found = [vault.seal(text, belongs_to) if text is not None else None for text in plain]
    if not declared.indexes:
        return [row.id, *found]
    known: dict[str, str] = json.loads(plain[0]) if plain[0] is not None else {}
    numbers = [(kind, known.get(name)) for kind, name in declared.indexes.values()]
    return [row.id, *found, *(vault.index(kind, number) if number else None for kind, number in numbers)]


def _write_back(declared: SealedTable, rows: Sequence[Sequence[Any]]) -> None:
    table = declared.model.__table__
    names = [*declared.columns, *declared.indexes]
    ids, *values = (list(column) for column in zip(*rows, strict=True))
    arrays = [cast(ids, ARRAY(Uuid)), *(cast(value, ARRAY(LargeBinary)) for value in values)]
    fresh = func.unnest(*arrays).table_valued("id", *names).render_derived(name="fresh")
    statement = update(table).where(table.c.id == fresh.c.id).values({name: fresh.c[name] for name in names})
    db.session.execute(statement)


# -- objects ------------------------------------------------------------------------------------------------------


def _reseal_objects(key_id: str) -> int:
    vault = Vault(current_tenant().id, key_id)
    count, broken = 0, []
    for (folder, row_id), paths in _objects_by_row():
        try:
            count += _reseal_objects_of(folder, row_id, paths, vault)
        except SealBroken as error:
            db.session.rollback()
            broken.append(str(error))
            log.error("sealed_object_broken", error=str(error))
    if broken:
        raise SealBroken(f"{len(broken)} objects do not open, the first is {broken[0]}")
    for declared in sealed_folders():
        if declared.model is not None:
            # Rows whose objects are gone hold nothing that needs the old key.
            other = declared.model.key_id.not_in(["", key_id])
            db.session.execute(update(declared.model).where(other).values(key_id=key_id))
    db.session.commit()
    return count


def _objects_by_row() -> Iterator[tuple[tuple[str, str], list[str]]]:
    """The village's sealed objects, with those of one row together: (folder, row id) and their paths."""
    root = object_path("")
    paths = (full.removeprefix(root) for full in list_objects(root.rstrip("/")))

    def owner(path: str) -> tuple[str, str]:
        folder, _slash, rest = path.partition("/")
        return folder, rest.partition("/")[0]

    for found, group in groupby(sorted(paths, key=owner), key=owner):
        yield found, list(group)


def _reseal_objects_of(folder: str, row_id: str, paths: Sequence[str], vault: Vault) -> int:
    """Seal the objects of one row anew while nobody can delete it, and note their key there. Commits."""
    old = [path for path in paths if _key_of_object(path) not in (vault.key_id, None)]
    model = next((known.model for known in sealed_folders() if known.name == folder), None)
    row = None
    if model is not None and (key := _as_uuid(row_id)) is not None:
        row = db.session.get(model, key, with_for_update=True, populate_existing=True)
    count = 0
    for path in old:
        try:
            plain = vault.open(get_object(object_path(path)), bound_to(path))
        except ObjectMissing:
            continue
        put_object(object_path(path), vault.seal(plain, bound_to(path)))
        count += 1
    if row is not None and row.key_id != vault.key_id:
        row.key_id = vault.key_id
    db.session.commit()
    return count


def _key_of_object(path: str) -> str | None:
    """The key that an object needs; None for one that has gone meanwhile."""
    try:
        return key_of(get_object_start(object_path(path), HEAD_BYTES))
    except ObjectMissing:
        return None


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


# -- what needs which key -----------------------------------------------------------------------------------------


def keys_in_use() -> dict[str, Resealed]:
    """Key → how many records and objects of the present village need it; the village's own key with 0 if none do."""
    records: dict[str, int] = {}
    objects: dict[str, int] = {}
    own = db.session.scalar(select(VillageState.key_id))
    for declared in sealed_tables():
        for name in declared.columns:
            column = declared.model.__table__.c[name]
            used = func.convert_from(func.substring(column, 3, func.get_byte(column, 1)), "UTF8")
            query = select(used, func.count()).where(column.is_not(None)).group_by(used)
            for key_id, count in db.session.execute(query):
                records[key_id] = records.get(key_id, 0) + count
    noted = {
        (folder.name, str(row_id)): key_id
        for folder in sealed_folders()
        if folder.model is not None
        for row_id, key_id in db.session.execute(select(folder.model.id, folder.model.key_id))
    }
    for owner, paths in _objects_by_row():
        for path in paths:
            if (key := noted.get(owner) or _key_of_object(path)) is not None:
                objects[key] = objects.get(key, 0) + 1
    known = {*records, *objects, *([own] if own else [])}
    return {key: Resealed(records.get(key, 0), objects.get(key, 0)) for key in sorted(known)}
