"""Deleting a village's data: one province admin asks, another agrees, thirty days pass, and a job does it.

From the agreement on the village is closed; until the last day every admin may call it off. The schema goes in one
transaction with everything in the registry that leads to it; objects, what Redis remembers and the copies follow, each
safe to repeat, and the certificate comes last. The village stays in the list as one that does not use Siger. The
province's figures of past months stay: they are sums that name nobody. The month that runs is told without it from the
agreement on, as of every archived village.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import psycopg
import structlog
from flask_babel import gettext as _
from psycopg import sql
from psycopg.rows import dict_row, tuple_row
from sqlalchemy import select

from app.core.accounts.stamps import commit_and_forget
from app.core.actors import acting
from app.core.indicators.declarations import period_of
from app.core.indicators.leaving import leave_month
from app.core.links import province_url
from app.core.ui.formats import date
from app.core.village.errors import Invalid
from app.extensions import db
from app.province.life import certificates, closing, deeds, objects, telling
from app.province.life.deeds import LifeRefused
from app.province.life.forgetting import forget_beside
from app.province.life.models import VillageDeed
from app.province.life.owner import Connection, Row, hold_tenants, note, owner_connection, post, run
from app.province.services import full_name
from tenants import registry
from tenants.beside import drop_all_beside
from tenants.copying import content_digest
from tenants.ids import checked_identifier
from tenants.models import TenantRow, TenantState, now

log = structlog.get_logger(__name__)

GRACE = dt.timedelta(days=30)
REMIND_DAYS = (7, 1)
ACCESS = ("sign_in_session", "api_token", "membership", "village_role")
"""Rows of the platform by which somebody comes into a village."""
AT_ONCE = 100


def ask(tenant_id: uuid.UUID, *, reason: str, regulation: str, typed_name: str) -> VillageDeed:
    """Ask that a village's data be deleted; nothing happens before another province admin agrees. Commits.

    Raises UnknownTenant; Invalid where the name is another; LifeRefused: no data is there, or another deed is open.
    """
    (row,) = deeds.hold(tenant_id)
    if row.schema_name is None:
        raise LifeRefused(_("%(village)s tidak punya data di Siger.", village=full_name(row)))
    if " ".join(typed_name.split()).casefold() != row.name.casefold():
        raise Invalid("typed_name", _("Ketik “%(name)s” tepat seperti tertulis.", name=row.name))
    deeds.refuse_if_busy([row])
    deed = deeds.begin("deletion", row, "waiting", reason=reason, regulation=regulation)
    words = {"by": acting().name, "reason": reason, "regulation": regulation}
    telling.tell(row, "deletion_asked", words, deciding=True)
    deeds.note("village.deletion_asked", row, deed, {"reason": reason, "regulation": regulation})
    db.session.commit()
    return deed


def agree(deed_id: uuid.UUID) -> None:
    """Agree as a second person: the village is closed and its thirty days begin. Commits. Raises LifeRefused."""
    deed = deeds.held_deed(deed_id)
    actor = acting()
    if deed.kind != "deletion" or deed.state != "waiting":
        raise LifeRefused(_("Permintaan ini tidak menunggu persetujuan lagi."))
    if actor.account_id == deed.asked_by or actor.support_visit is not None:
        raise LifeRefused(_("Orang yang meminta tidak dapat menyetujui. Perlu admin provinsi lain."))
    (row,) = deeds.hold(deed.tenant_id)
    if row.schema_name is None:
        raise LifeRefused(_("%(village)s tidak punya data di Siger.", village=full_name(row)))
    moment = now()
    deed.state, deed.due_at = "grace", moment + GRACE
    deed.agreed_by, deed.agreed_by_name, deed.agreed_at = actor.account_id, actor.name, moment
    day = date(deed.due_at)
    deed.plan = {**deed.plan, "closed": row.state != TenantState.ARCHIVED}
    if row.state != TenantState.ARCHIVED:
        closing.close(row, _("Datanya akan dihapus pada %(day)s.", day=day), tells=False)
    telling.tell(row, "deletion_agreed", {"by": actor.name, "due": day}, deciding=True)
    deeds.note("village.deletion_agreed", row, deed, {"due": deed.due_at.isoformat()})
    commit_and_forget(places=[row.id])
    registry.hosts_changed()


def call_off(deed_id: uuid.UUID) -> None:
    """Cancel a deletion that was not carried out: the village is opened again. Commits. Raises LifeRefused."""
    deed = deeds.held_deed(deed_id)
    if deed.kind != "deletion" or deed.state not in ("waiting", "grace"):
        raise LifeRefused(_("Penghapusan ini sudah dibatalkan atau sudah dijalankan."))
    (row,) = deeds.hold(deed.tenant_id)
    if deed.state == "grace" and deed.plan.get("closed") and row.state == TenantState.ARCHIVED:
        closing.reopen(row, tells=False)
    deed.state, deed.finished_at, deed.ended_by_name = "cancelled", now(), acting().name
    telling.tell(row, "deletion_cancelled", {"by": acting().name}, deciding=True)
    deeds.note("village.deletion_cancelled", row, deed)
    db.session.commit()
    registry.hosts_changed()


def days_left(deed: VillageDeed) -> int:
    """How many days of grace are left, at least 0."""
    return max(0, -((now() - deed.due_at) // dt.timedelta(days=1))) if deed.due_at else 0


def due() -> list[uuid.UUID]:
    """Deletions whose day has come, and those that a killed run left behind."""
    grace = (VillageDeed.state == "grace") & (VillageDeed.due_at <= now())
    query = select(VillageDeed.id).where(
        VillageDeed.kind == "deletion", grace | (VillageDeed.state == "running")
    )
    return list(db.session.scalars(query.order_by(VillageDeed.due_at).limit(AT_ONCE)))


def remind() -> int:
    """Write seven days and one day before, once each; returns of how many deletions. Commits."""
    soon = now() + dt.timedelta(days=max(REMIND_DAYS))
    query = (
        select(VillageDeed)
        .where(VillageDeed.kind == "deletion", VillageDeed.state == "grace", VillageDeed.due_at <= soon)
        .order_by(VillageDeed.id)
        .with_for_update(skip_locked=True)
    )
    told = 0
    for deed in db.session.scalars(query):
        left = days_left(deed)
        crossed = [days for days in REMIND_DAYS if left <= days and days not in deed.reminded]
        if not crossed or left == 0:
            continue
        row = db.session.get_one(TenantRow, deed.tenant_id)
        telling.tell(row, "deletion_soon", {"days": left, "due": date(deed.due_at)}, deciding=True)
        deed.reminded = [*deed.reminded, *crossed]
        told += 1
    db.session.commit()
    return told


def carry_out(deed_id: uuid.UUID) -> None:
    """Delete what was agreed on, and set the certificate; safe to repeat at any point. Commits.

    Raises StorageAway, CacheAway, psycopg.Error: the next run goes on where this one stopped.
    """
    deed = deeds.held_deed(deed_id)
    came = deed.state == "grace" and deed.due_at is not None and deed.due_at <= now()
    if deed.kind != "deletion" or not (came or deed.state == "running"):
        db.session.rollback()
        return
    deed.state = "running"
    leave_month(deed.tenant_id, period_of(now()))
    db.session.commit()
    with owner_connection() as conn, conn.transaction():
        _drop(conn, deed_id)
    registry.hosts_changed()
    db.session.refresh(deed)
    objects.remove_all(deed.tenant_id)
    forget_beside(deed.tenant_id)
    certificate = certificates.issue(deed)
    certificates.make(certificate)
    _finish(deed, certificate.number_text, province_url("deletion_check.show", token=certificate.token))


def _finish(deed: VillageDeed, number: str, address: str) -> None:
    deed = deeds.held_deed(deed.id)
    if deed.state == "done":
        db.session.rollback()
        return
    row = db.session.get_one(TenantRow, deed.tenant_id)
    deed.state, deed.finished_at = "done", now()
    recipients = [uuid.UUID(key) for key in deed.result.get("recipients", [])]
    words = {"number": number, "address": address}
    telling.tell(row, "deletion_done", words, deciding=True, also=recipients)
    deeds.note("village.deletion_done", row, deed, {"number": number})
    db.session.commit()


def _drop(conn: Connection, deed_id: uuid.UUID) -> None:
    """Drop the schema with everything in the registry that leads to it; what it held stands in the deed's result."""
    deed = conn.execute("SELECT * FROM platform.village_deed WHERE id = %s FOR UPDATE", (deed_id,)).fetchone()
    assert deed is not None
    row = hold_tenants(conn, [deed["tenant_id"]])[deed["tenant_id"]]
    schema = row["schema_name"]
    if schema is None:
        return
    result = {
        "tables": {name: list(found) for name, found in _digests(conn, schema).items()},
        "files": len(objects.paths_of(row["id"])),
        "recipients": _staff(conn, row["id"]),
        "accounts": _accounts(conn, row["id"]),
        "schema": schema,
    }
    run(conn, "DROP SCHEMA {schema} CASCADE", schema=sql.Identifier(checked_identifier(schema)))
    drop_all_beside(conn, row["id"])
    for name in ACCESS:
        run(conn, "DELETE FROM {t} WHERE tenant_id = %s", (row["id"],), t=sql.Identifier("platform", name))
    conn.execute("DELETE FROM platform.domain WHERE tenant_id = %s AND NOT is_primary", (row["id"],))
    conn.execute("DELETE FROM platform.domain_claim WHERE tenant_id = %s", (row["id"],))
    conn.execute("DELETE FROM platform.tenant_schema WHERE tenant_id = %s", (row["id"],))
    conn.execute(
        "UPDATE platform.tenant SET schema_name = NULL, role_name = NULL, modules = '[]', own_host = NULL, "
        "provisioned_at = NULL, live_at = NULL, last_activity_at = NULL, state_before = NULL, state_since = now(), "
        "state = CASE WHEN moved_to IS NULL THEN 'listed' ELSE 'archived' END, "
        "state_reason = CASE WHEN moved_to IS NULL THEN NULL ELSE state_reason END, "
        "row_version = row_version + 1 WHERE id = %s",
        (row["id"],),
    )
    _drop_role(conn, row["role_name"])
    conn.execute(
        "UPDATE platform.village_deed SET result = result || %s::jsonb WHERE id = %s",
        (json.dumps(result), deed_id),
    )
    note(
        conn,
        "village.deleted",
        by=(deed["agreed_by"], deed["agreed_by_name"]),
        summary=f"{row['term']} {row['name']}",
        details={"tables": len(result["tables"]), "files": result["files"], "deed": str(deed_id)},
        object_id=row["id"],
        tenant_id=row["id"],
    )
    post(conn, "hosts", {})


def _digests(conn: Connection, schema: str) -> dict[str, tuple[int, str]]:
    """How many rows each table held and the digest of its content: the paper names both."""
    plain: Any = conn
    plain.row_factory = tuple_row
    try:
        return content_digest(plain, schema)
    finally:
        plain.row_factory = dict_row


def _staff(conn: Connection, tenant_id: uuid.UUID) -> list[str]:
    """Who is told when it is done: they are known now, and not afterwards."""
    found = conn.execute(
        "SELECT DISTINCT a.id FROM platform.membership m JOIN platform.account a ON a.id = m.account_id "
        "WHERE m.tenant_id = %s AND m.role = ANY(%s) AND a.is_active AND m.invited_name IS NULL",
        (tenant_id, list(telling.VILLAGE_ROLES)),
    )
    return [str(row["id"]) for row in found]


def _accounts(conn: Connection, tenant_id: uuid.UUID) -> list[str]:
    """Who had an account there: those who work nowhere else are forgotten a day later (`forgetting`)."""
    found = conn.execute(
        "SELECT DISTINCT account_id FROM platform.membership WHERE tenant_id = %s", (tenant_id,)
    ).fetchall()
    return [str(row["account_id"]) for row in found]


def _drop_role(conn: Connection, role: str) -> None:
    """Take the village's role out of the cluster; it stays where another database of the cluster still needs it."""
    who = sql.Identifier(checked_identifier(role))
    try:
        with conn.transaction():
            run(conn, "DROP ROLE {role}", role=who)
    except psycopg.Error as error:
        log.warning("role_left", role=role, error=str(error).splitlines()[0])


def tables_of(result: Row) -> list[tuple[str, int, str]]:
    """What was deleted by table, the fullest first: name, rows, digest."""
    found = [(name, int(rows), str(digest)) for name, (rows, digest) in result.get("tables", {}).items()]
    return sorted(found, key=lambda one: (-one[1], one[0]))
