"""Carrying a split or a merge out: everything in one transaction of the owner, or nothing.

The deed's own row is held and changed in that transaction, so a run that was killed and is taken up again finds it
either done or untouched. Objects are copied before, under ids that stay the same, and what is left of a deed that came
to nothing is swept.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

import psycopg
from flask import current_app
from flask_babel import gettext as _
from psycopg import sql
from psycopg.rows import dict_row, tuple_row

from app.core.privacy.keys import UnknownKey, current_key_id
from app.core.privacy.vault import STAMP, SealBroken, Vault
from app.core.regions.words import village_kind, words_for
from app.core.village.models import HANDED_OVER
from app.core.village.seed import seed_village
from app.extensions import db
from app.government.letters.models import Classification, LetterType
from app.province.life import meeting, objects, open_work
from app.province.life.choosing import Chosen, choose, counts
from app.province.life.deeds import LifeRefused
from app.province.life.models import VillageDeed
from app.province.life.moving import DoesNotAddUp, Moved, Moving, Place
from app.province.life.owner import (
    Connection,
    Row,
    hold_register,
    hold_tenants,
    note,
    owner_connection,
    post,
    post_job,
    run,
    table,
)
from tenants import registry
from tenants.ids import uuid7
from tenants.migrations import head_revision
from tenants.models import TenantFile, TenantRow, now
from tenants.provisioning import provision

AFTER, TELL_NUMBERS = "life.after", "life.tell_numbers"
LOCK_TIMEOUT = "30s"


def count(deed_id: uuid.UUID) -> None:
    """Read what a deed is about (sub-areas with people, or two villages with doubles) and keep it. Commits."""
    deed = db.session.get_one(VillageDeed, deed_id)
    if deed.state != "counting":
        return
    row = db.session.get_one(TenantRow, deed.tenant_id)
    other = db.session.get(TenantRow, deed.other_tenant_id) if deed.other_tenant_id else None
    with owner_connection() as conn:
        found = _areas(conn, str(row.schema_name)) if other is None else _both(conn, row, other)
    deed.plan, deed.state = {**deed.plan, **found}, "ready"
    db.session.commit()


def carry_out(deed_id: uuid.UUID) -> dict[str, Any]:
    """Do what was planned, once; returns what was done. What can't be done is written down as a sentence. Commits.

    Raises whatever is worth another try: the database or the storage away, a lock that was not got in time.
    """
    try:
        with owner_connection() as conn:
            _copy_before(conn, deed_id)
            with conn.transaction():
                conn.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                done = _within(conn, deed_id)
    except (LifeRefused, DoesNotAddUp, SealBroken, UnknownKey) as error:
        return _give_up(deed_id, error)
    registry.hosts_changed()
    return done


def _within(conn: Connection, deed_id: uuid.UUID) -> dict[str, Any]:
    deed = conn.execute("SELECT * FROM platform.village_deed WHERE id = %s FOR UPDATE", (deed_id,)).fetchone()
    if deed is None or deed["state"] != "running":
        return dict(deed["result"]) if deed else {}
    done = _split(conn, deed) if deed["kind"] == "split" else _merge(conn, deed)
    conn.execute(
        "UPDATE platform.village_deed SET state = 'done', result = %s, error = '', finished_at = clock_timestamp(), "
        "other_tenant_id = coalesce(other_tenant_id, %s) WHERE id = %s",
        (json.dumps(done), done.get("new_id"), deed_id),
    )
    post(conn, "hosts", {})
    post_job(conn, AFTER, deed_id=str(deed_id))
    return done


def _give_up(deed_id: uuid.UUID, error: Exception) -> dict[str, Any]:
    deed = db.session.get_one(VillageDeed, deed_id)
    told = {
        DoesNotAddUp: _("Hitungan sesudah pemindahan tidak cocok. Semuanya tetap seperti semula."),
        SealBroken: _("Ada data tersegel yang tidak dapat dibuka. Semuanya tetap seperti semula."),
        UnknownKey: _("Kunci data pribadi tidak lengkap di server. Semuanya tetap seperti semula."),
    }.get(type(error), str(error))
    deed.state, deed.error, deed.finished_at = "failed", told, now()
    db.session.commit()
    sweep(deed)
    return {"failed": 1, "message": told}


def sweep(deed: VillageDeed) -> None:
    """Remove the objects that were copied for a village that was not made. Those of others are swept at night."""
    if deed.kind != "split":
        return
    new_id = uuid.UUID(deed.plan["new_id"])
    row = db.session.get(TenantRow, new_id)
    if row is None or row.schema_name is None:
        objects.remove_all(new_id)


# -- a split --------------------------------------------------------------------------------------------------------


def _split(conn: Connection, deed: Row) -> dict[str, Any]:
    plan = deed["plan"]
    new_id = uuid.UUID(plan["new_id"])
    rows = hold_tenants(conn, [deed["tenant_id"], new_id])
    mother = rows[deed["tenant_id"]]
    if mother["schema_name"] is None:
        raise LifeRefused(_("Data desa induk tidak ada lagi. Semuanya tetap seperti semula."))
    if new_id not in rows:
        _list(conn, plan, mother)
    elif rows[new_id]["schema_name"] is not None:
        raise LifeRefused(_("Kode desa baru sudah dipakai. Semuanya tetap seperti semula."))
    _refuse_if_behind(conn, [mother])
    _provision(conn, new_id)
    daughter = hold_tenants(conn, [new_id])[new_id]
    schema, fresh = mother["schema_name"], daughter["schema_name"]
    source = (_place(mother), hold_register(conn, mother["id"], schema))
    target = (_place(daughter), hold_register(conn, new_id, fresh))
    _hold_besides(conn, schema)
    before = counts(conn, schema)
    chosen = choose(conn, schema, [uuid.UUID(key) for key in plan["chosen"]])
    moving = Moving(
        conn, source, target, withheld=meeting.withheld_before(conn, source, chosen), **_grounds(deed)
    )
    moved = moving.carry_out(chosen)
    settled = open_work.settle(conn, deed, moving, chosen.residents, everybody=False)
    objects.copy_documents(source[1], target[1], moved.document_ids)
    run(
        conn,
        "UPDATE {area} SET sort_order = sort_order + %s, row_version = row_version + 1, "
        "name = CASE WHEN parent_id IS NULL THEN name || %s ELSE name END WHERE id = ANY(%s)",
        (HANDED_OVER, f" (kini {target[0].name})", chosen.areas),
        area=table(schema, "sub_area"),
    )
    _hand_down(conn, mother, daughter)
    _acting_head(conn, fresh, plan, deed)
    by = (deed["asked_by"], deed["asked_by_name"])
    numbers = {"people": moved.residents, "households": moved.households, "regulation": deed["regulation"]}
    details = {**numbers, "other": target[0].name}
    for place, told in ((source[0], details), (target[0], {**numbers, "other": source[0].name})):
        action = "village.split" if place is source[0] else "village.split_off"
        note(conn, action, by=by, summary=place.name, details=told, object_id=place.tenant_id,
             tenant_id=place.tenant_id, schema=place.schema)  # fmt: skip
        post(conn, "dirty", {}, place.tenant_id)
    left = {"left": before[0] - moved.residents, "left_households": before[1] - moved.households}
    return _result(moved) | {"before": before[0], **left, "new_id": str(new_id), "open": settled}


def _list(conn: Connection, plan: dict[str, Any], mother: Row) -> None:
    """Enter the new village into the regions and the registry."""
    code = plan["code"]
    if conn.execute("SELECT 1 FROM platform.village_past WHERE code = %s", (code,)).fetchone() is not None:
        raise LifeRefused(
            _("Kode %(code)s pernah dipakai desa lain. Semuanya tetap seperti semula.", code=code)
        )
    words = words_for(code)
    term, own = (
        (mother["term"], mother["words"])
        if mother["kind"] == village_kind(code)
        else (words.term, words.as_dict())
    )
    conn.execute(
        "INSERT INTO platform.region (code, parent_code, name, level, kind, postal_code) "
        "VALUES (%s, %s, %s, 4, %s, %s) ON CONFLICT (code) DO UPDATE SET name = excluded.name",
        (code, code[:8], plan["name"], village_kind(code), mother["postal_code"]),
    )
    district = conn.execute("SELECT name FROM platform.region WHERE code = %s", (code[:8],)).fetchone()
    try:
        with conn.transaction():
            conn.execute(
                "INSERT INTO platform.tenant (id, code, name, kind, term, words, slug, regency_code, district_code, "
                "regency_name, district_name, postal_code, state, state_since, modules, row_version) VALUES "
                "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'approved', now(), %s, 1)",
                (
                    plan["new_id"], code, plan["name"], village_kind(code), term, json.dumps(own), plan["slug"],
                    mother["regency_code"], code[:8], mother["regency_name"],
                    district["name"] if district else mother["district_name"], mother["postal_code"],
                    json.dumps(mother["modules"]),
                ),
            )  # fmt: skip
            conn.execute(
                "INSERT INTO platform.domain (host, tenant_id, kind, is_primary, created_at) "
                "VALUES (%s, %s, 'label', true, now())",
                (plan["slug"], plan["new_id"]),
            )
    except psycopg.errors.UniqueViolation as error:
        raise LifeRefused(
            _("Kode atau alamat desa baru sudah dipakai desa lain. Semuanya tetap seperti semula.")
        ) from error


def _provision(conn: Connection, new_id: uuid.UUID) -> None:
    """Make the new village's schema within the open transaction, out of a warm spare where one is ready."""
    prefix = current_app.config["SETTINGS"].tenant_role_prefix
    plain: Any = conn
    plain.row_factory = tuple_row
    try:
        provision(plain, new_id, role_prefix=prefix, seed=seed_village)
    finally:
        plain.row_factory = dict_row
    # Making a schema alone may be lost with the server, since it is simply made again; this may not.
    conn.execute("SET LOCAL synchronous_commit = on")


def _hand_down(conn: Connection, mother: Row, daughter: Row) -> None:
    """Look, hours, letter types, codes and how long data is kept: as in the village that it comes from."""
    old, new = mother["schema_name"], daughter["schema_name"]
    profile = {"old": table(old, "village_profile"), "new": table(new, "village_profile")}
    logo = run(conn, "SELECT logo_file_id FROM {old} LIMIT 1", **profile).fetchone()
    logo_id = logo["logo_file_id"] if logo else None
    if logo_id is not None:
        objects.copy_files(mother["id"], daughter["id"], [logo_id])
        _copy_rows(conn, TenantFile, old, new, [logo_id])
    run(
        conn,
        "UPDATE {new} SET accent = o.accent, opening_hours = o.opening_hours, logo_file_id = o.logo_file_id "
        "FROM {old} o",
        **profile,
    )
    _copy_rows(conn, LetterType, old, new)
    _copy_rows(conn, Classification, old, new)
    run(
        conn,
        "UPDATE {new} n SET settings = n.settings || (o.settings - %s) FROM {old} o",
        (STAMP,),
        old=table(old, "village_state"),
        new=table(new, "village_state"),
    )
    if daughter["modules"] != mother["modules"]:
        conn.execute(
            "UPDATE platform.tenant SET modules = %s WHERE id = %s",
            (json.dumps(mother["modules"]), daughter["id"]),
        )


def _copy_rows(
    conn: Connection, model: type[Any], old: str, new: str, ids: Sequence[uuid.UUID] | None = None
) -> None:
    """Copy rows of a table as they are; columns are named, since schemas of different ages order them differently."""
    name = model.__tablename__
    run(
        conn,
        "INSERT INTO {new} ({columns}) SELECT {columns} FROM {old} WHERE %s OR id = ANY(%s)",
        (ids is None, list(ids or ())),
        old=table(old, name),
        new=table(new, name),
        columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in model.__table__.columns),
    )


def _acting_head(conn: Connection, schema: str, plan: dict[str, Any], deed: Row) -> None:
    run(
        conn,
        "INSERT INTO {official} (id, name, title, position, period_from, is_public, created_at) "
        "VALUES (%s, %s, %s, 'head', %s, true, now())",
        (uuid7(), plan["acting_name"], plan["acting_title"], deed["effective_on"]),
        official=table(schema, "official"),
    )


# -- a merge --------------------------------------------------------------------------------------------------------


def _merge(conn: Connection, deed: Row) -> dict[str, Any]:
    rows = hold_tenants(conn, [deed["tenant_id"], deed["other_tenant_id"]])
    into, away = rows[deed["tenant_id"]], rows[deed["other_tenant_id"]]
    if into["schema_name"] is None or away["schema_name"] is None:
        raise LifeRefused(_("Data salah satu desa tidak ada lagi. Semuanya tetap seperti semula."))
    _refuse_if_behind(conn, [into, away])
    vaults = {
        row["id"]: hold_register(conn, row["id"], row["schema_name"]) for _id, row in sorted(rows.items())
    }
    source, target = (_place(away), vaults[away["id"]]), (_place(into), vaults[into["id"]])
    for schema in sorted((into["schema_name"], away["schema_name"])):
        _hold_besides(conn, schema)
    chosen = choose(conn, away["schema_name"], None)
    met = meeting.meet(conn, source, target, chosen)
    if met.same and not deed["plan"].get("accepted"):
        raise LifeRefused(
            _("Ada orang yang tercatat di kedua desa dan belum diputuskan. Semuanya tetap seperti semula.")
        )
    before = meeting.withheld_before(conn, source, chosen)
    moving = Moving(
        conn,
        source,
        target,
        duplicates=met.same,
        numbers_taken=met.numbers_taken,
        withheld=before,
        **_grounds(deed),
    )
    moved = moving.carry_out(chosen)
    settled = open_work.settle(conn, deed, moving, chosen.residents, everybody=True)
    objects.copy_documents(source[1], target[1], moved.document_ids)
    reason = f"Bergabung ke {target[0].name} ({deed['regulation']})"
    conn.execute(
        "UPDATE platform.tenant SET state_before = state, state = 'archived', state_reason = %s, state_since = now(), "
        "moved_to = %s, row_version = row_version + 1 WHERE id = %s",
        (reason, into["slug"], away["id"]),
    )
    conn.execute(
        "UPDATE platform.sign_in_session SET ended_at = now() WHERE tenant_id = %s AND ended_at IS NULL",
        (away["id"],),
    )
    post(conn, "accounts", {"place": str(away["id"])})
    by = (deed["asked_by"], deed["asked_by_name"])
    numbers = {"people": moved.residents, "households": moved.households, "doubles": moved.duplicates,
               "numbers_taken": moved.numbers_taken, "cards_taken": moved.cleared,
               "regulation": deed["regulation"]}  # fmt: skip
    for place, action, other in (
        (target[0], "village.merged", source[0]),
        (source[0], "village.merged_away", target[0]),
    ):
        note(conn, action, by=by, summary=place.name, details={**numbers, "other": other.name},
             object_id=place.tenant_id, tenant_id=place.tenant_id, schema=place.schema)  # fmt: skip
        post(conn, "dirty", {}, place.tenant_id)
    post_job(conn, TELL_NUMBERS, into["id"], deed_id=str(deed["id"]))
    return _result(moved) | {"open": settled}


# -- both -----------------------------------------------------------------------------------------------------------


def _copy_before(conn: Connection, deed_id: uuid.UUID) -> None:
    """Copy the scans before anybody has to wait: in the transaction only what came meanwhile is left to do."""
    deed = conn.execute("SELECT * FROM platform.village_deed WHERE id = %s", (deed_id,)).fetchone()
    if deed is None or deed["state"] != "running":
        return
    is_split = deed["kind"] == "split"
    from_id = deed["tenant_id"] if is_split else deed["other_tenant_id"]
    to_id = uuid.UUID(deed["plan"]["new_id"]) if is_split else deed["tenant_id"]
    row = conn.execute("SELECT * FROM platform.tenant WHERE id = %s", (from_id,)).fetchone()
    if row is None or row["schema_name"] is None:
        return
    areas = [uuid.UUID(key) for key in deed["plan"]["chosen"]] if is_split else None
    chosen = choose(conn, row["schema_name"], areas)
    found = run(
        conn,
        "SELECT id FROM {document} WHERE resident_id = ANY(%s) OR household_id = ANY(%s)",
        (chosen.residents, chosen.households),
        document=table(row["schema_name"], "resident_document"),
    )
    ids = {str(one["id"]): str(one["id"]) for one in found}
    # Each object says under which key it lies, so those of either village need only to be named here.
    objects.copy_documents(Vault(from_id, current_key_id()), Vault(to_id, current_key_id()), ids)


def _hold_besides(conn: Connection, schema: str) -> None:
    """Nobody adds an area or a scan meanwhile: those do not wait for the register's own lock."""
    for name in ("sub_area", "resident_document"):
        run(conn, "LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE", table=table(schema, name))


def _refuse_if_behind(conn: Connection, rows: Sequence[Row]) -> None:
    """Rows are moved between schemas of one revision only."""
    found = conn.execute(
        "SELECT 1 FROM platform.tenant_schema WHERE tenant_id = ANY(%s) AND revision <> %s",
        ([row["id"] for row in rows], head_revision()),
    ).fetchone()
    if found is not None:
        raise LifeRefused(
            _(
                "Skema data desa masih menunggu pembaruan. Coba lagi sesudah itu; semuanya tetap seperti semula."
            )
        )


def _grounds(deed: Row) -> dict[str, Any]:
    return {
        "effective_on": deed["effective_on"],
        "regulation": deed["regulation"],
        "by": deed["asked_by_name"],
    }


def _place(row: Row) -> Place:
    return Place(row["id"], row["schema_name"], f"{row['term']} {row['name']}", row["district_code"])


def _result(moved: Moved) -> dict[str, Any]:
    return {
        "people": moved.residents,
        "households": moved.households,
        "areas": moved.areas,
        "documents": moved.documents,
        "duplicates": moved.duplicates,
        "numbers_taken": moved.numbers_taken,
        "cleared": moved.cleared,
        "new_heads": moved.new_heads,
    }


def _areas(conn: Connection, schema: str) -> dict[str, Any]:
    """The sub-areas of the top level with how many people and households go with each."""
    people, homes = counts(conn, schema)
    tops = run(
        conn,
        "SELECT id, name FROM {area} WHERE parent_id IS NULL AND sort_order < %s ORDER BY sort_order, name",
        (HANDED_OVER,),
        area=table(schema, "sub_area"),
    ).fetchall()
    found = []
    for top in tops:
        with_it = choose(conn, schema, [top["id"]])
        told = {**_numbers(conn, schema, with_it), "open": open_work.counted(conn, schema, with_it.residents)}
        found.append({"id": str(top["id"]), "name": top["name"], **told})
    left = {
        "people": people - sum(one["people"] for one in found),
        "households": homes - sum(one["households"] for one in found),
    }
    return {"areas": found, "without_area": left, "people": people, "households": homes}


def _numbers(conn: Connection, schema: str, chosen: Chosen) -> dict[str, int]:
    homes = run(
        conn,
        "SELECT count(*) AS n FROM {home} WHERE state = 'active' AND id = ANY(%s)",
        (chosen.households,),
        home=table(schema, "household"),
    ).fetchone()
    return {
        "people": len(chosen.residents),
        "households": homes["n"] if homes else 0,
        "areas": len(chosen.areas),
    }


def _both(conn: Connection, into: TenantRow, away: TenantRow) -> dict[str, Any]:
    """How many live in both villages, how many of them are the same, and how many numbers stand in both besides."""
    places, vaults = [], []
    for row in (away, into):
        key = run(
            conn, "SELECT key_id FROM {state}", state=table(str(row.schema_name), "village_state")
        ).fetchone()
        places.append(Place(row.id, str(row.schema_name), "", row.district_code))
        vaults.append(Vault(row.id, key["key_id"] if key else current_key_id()))
    chosen = choose(conn, places[0].schema, None)
    met = meeting.meet(conn, (places[0], vaults[0]), (places[1], vaults[1]), chosen)
    still_open = open_work.counted(
        conn, places[0].schema, chosen.residents, everybody=True, staying=met.same | met.numbers_taken
    )
    (people, homes), (there, there_homes) = (counts(conn, place.schema) for place in places)
    return {
        "people": people, "households": homes, "target_people": there, "target_households": there_homes,
        "areas_count": len(chosen.areas), "duplicates": len(met.same),
        "numbers_taken": len(met.numbers_taken), "cards_taken": len(met.cards_taken), "open": still_open,
    }  # fmt: skip
