"""Putting a copy back: into a schema beside the village's own, to be compared; then, if somebody says so, its place."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import psycopg
import structlog
from flask_babel import gettext as _
from psycopg import sql
from sqlalchemy import Select, and_, case, or_, select

from app.core.files.storage import StorageAway, list_objects
from app.core.privacy.keys import UnknownKey, village_keys
from app.extensions import db
from app.province.copies.carrying import carry_over
from app.province.copies.container import CopyBroken, open_manifest, open_tables
from app.province.copies.errors import CopyRefused
from app.province.copies.models import BEFORE_RESTORE, READY, VillageCopy
from app.province.copies.owner import owner
from app.province.copies.storing import read_object
from app.province.copies.taking import digest_of, take_copy
from app.province.life.models import VillageDeed
from tenants import registry
from tenants.beside import CHECK, COMPARISON, drop_beside, make_beside, replace_served
from tenants.errors import CopyFailed, MigrationFailed, TenancyError
from tenants.migrations import pending_after
from tenants.models import SideSchema, TenantRow

log = structlog.get_logger(__name__)

COMPARED_FOR = dt.timedelta(days=7)
CHECKED_FOR = dt.timedelta(hours=6)
REPLACED_FOR = dt.timedelta(days=30)
AFTER_SWAP = "copies.after_swap"


def find_copy(copy_id: uuid.UUID, tenant_id: uuid.UUID) -> VillageCopy:
    """A whole copy of this village. Raises CopyRefused with a sentence for any other."""
    copy = db.session.get(VillageCopy, copy_id)
    if copy is None:
        raise CopyRefused(_("Salinan itu tidak ada. Tidak ada yang berubah; pilih dari daftar salinan desa."))
    if copy.tenant_id != tenant_id:
        raise CopyRefused(
            _("Salinan itu milik desa lain, jadi tidak dipulihkan di sini. Tidak ada yang berubah.")
        )
    if copy.state != READY or copy.object_id is None:
        raise CopyRefused(_("Salinan itu gagal dibuat, jadi tidak ada isinya. Pilih salinan lain."))
    return copy


def restore_beside(
    tenant_id: uuid.UUID, copy_id: uuid.UUID, *, kind: str = COMPARISON, made_by: str = ""
) -> str:
    """Put a copy into a new schema that nobody serves and return the schema's name; the village goes on as it is.

    Inside a platform scope, outside of a transaction.

    Raises:
        CopyRefused: the copy is damaged, another village's, of a newer version, sealed under a key that is not there,
            or a comparison is there already; nothing changed.
    """
    copy = find_copy(copy_id, tenant_id)
    object_id, wanted, revision = copy.object_id, copy.sha256, copy.revision
    expected = {name: (int(rows), str(digest)) for name, (rows, digest) in copy.tables.items()}
    db.session.rollback()
    assert object_id is not None
    try:
        pending_after(revision)
    except MigrationFailed as error:
        raise CopyRefused(
            _(
                "Salinan ini dibuat oleh versi Siger yang lebih baru (revisi %(revision)s). Perbarui Siger dahulu. "
                "Tidak ada yang berubah.",
                revision=revision,
            )
        ) from error
    data = read_object(object_id)
    if digest_of(data) != wanted:
        raise CopyRefused(_damaged())
    try:
        said = open_manifest(data, tenant_id)
        if said.get("tenant_id") != str(tenant_id):
            raise CopyBroken("the manifest names another village")
        with owner() as conn:
            return make_beside(
                conn,
                tenant_id,
                open_tables(data, tenant_id),
                kind=kind,
                revision=revision,
                expected=expected,
                keep=COMPARED_FOR if kind == COMPARISON else CHECKED_FOR,
                copy_id=copy_id,
                made_by=made_by,
                inspect=_Inspection(tenant_id) if kind == COMPARISON else None,
            )
    except UnknownKey as error:
        raise CopyRefused(_key_missing(str(error))) from error
    except psycopg.errors.UniqueViolation as error:
        if "uq_side_schema_comparison" not in str(error):
            raise CopyRefused(_damaged()) from error
        raise CopyRefused(
            _("Desa ini sudah mempunyai pembanding. Buang yang itu dahulu, lalu pulihkan salinan ini.")
        ) from error
    except (CopyBroken, CopyFailed) as error:
        log.error("copy_broken", copy=str(copy_id), error=str(error))
        raise CopyRefused(_damaged()) from error
    except psycopg.errors.DiskFull as error:
        raise CopyRefused(
            _("Cakram basis data penuh. Tidak ada yang berubah; lapangkan tempat, lalu coba lagi.")
        ) from error
    except (psycopg.Error, TenancyError) as error:
        log.error("copy_not_restored", copy=str(copy_id), error=str(error))
        raise CopyRefused(
            _(
                "Salinan tidak dapat dipulihkan (%(reason)s). Tidak ada yang berubah.",
                reason=str(error).splitlines()[0][:200],
            )
        ) from error


class _Inspection:
    """Looks at what came in: whether its sealed records open, and whether the files that it names are still there."""

    def __init__(self, tenant_id: uuid.UUID) -> None:
        self.tenant_id = tenant_id

    def __call__(self, conn: psycopg.Connection, schema: str) -> dict[str, Any]:
        """Return the number of files that are missing; raises UnknownKey."""
        state = sql.Identifier(schema, "village_state")
        for (key_id,) in conn.execute(sql.SQL("SELECT key_id FROM {}").format(state)).fetchall():
            village_keys(self.tenant_id, key_id)
        files = sql.Identifier(schema, "stored_file")
        named = {str(row[0]) for row in conn.execute(sql.SQL("SELECT id FROM {}").format(files))}
        try:
            there = list_objects(f"tenants/{self.tenant_id}/files") if named else []
        except StorageAway:
            return {"files": len(named), "files_missing": None}
        known = {path.rpartition("/")[2] for path in there}
        return {"files": len(named), "files_missing": len(named - known)}


def check_copy(tenant_id: uuid.UUID, copy_id: uuid.UUID) -> str:
    """Put a copy into a scratch schema, compare rows and digests, drop it; what is wrong, or an empty text.

    Inside a platform scope, outside of a transaction.
    """
    try:
        schema = restore_beside(tenant_id, copy_id, kind=CHECK)
    except CopyRefused as refusal:
        return str(refusal)
    with owner() as conn:
        drop_beside(conn, schema)
    return ""


def comparison_of(tenant_id: uuid.UUID) -> SideSchema | None:
    """The schema beside this village's own that a copy was put into to be compared, if there is one."""
    query = select(SideSchema).where(SideSchema.tenant_id == tenant_id, SideSchema.kind == COMPARISON)
    return db.session.scalars(query).one_or_none()


def swap_in(
    tenant_id: uuid.UUID, schema: str, *, reason: str, made_by: str = "", made_by_id: uuid.UUID | None = None
) -> None:
    """Put a comparison into the place of what the village works with; that is kept for thirty days.

    A copy of the present state is taken first. Everything else happens in one transaction: a process that is killed
    leaves the village as it was, or as it should be. Word of it goes out with the same commit.
    Inside a platform scope, outside of a transaction.

    Raises CopyRefused with a sentence; the village is as it was then.
    """
    side = comparison_of(tenant_id)
    found = side is not None and side.schema_name == schema
    copy_id = side.copy_id if side is not None else None
    db.session.rollback()
    if not found:
        raise CopyRefused(
            _("Pembanding itu tidak ada lagi. Tidak ada yang berubah; pulihkan salinannya sekali lagi.")
        )
    refuse_if_people_moved(tenant_id, copy_id)
    take_copy(tenant_id, kind=BEFORE_RESTORE, note=reason, made_by=made_by)
    refuse_if_people_moved(tenant_id, copy_id)
    arguments = {
        "village_id": str(tenant_id), "copy_id": str(copy_id), "schema": schema, "reason": reason, "by": made_by,
        "by_id": str(made_by_id) if made_by_id else "",
    }  # fmt: skip
    messages = [
        ("hosts", {}, None),
        ("pages", {}, tenant_id),
        ("dirty", {}, tenant_id),
        ("job", {"name": AFTER_SWAP, "arguments": arguments}, None),
    ]
    try:
        with owner() as conn:
            replace_served(
                conn,
                tenant_id,
                schema,
                keep=REPLACED_FOR,
                made_by=made_by,
                carry=carry_over,
                messages=messages,
                refuse=lambda held: _refuse_moved(_asked(held, _moved(tenant_id, copy_id))),
            )
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
        raise CopyRefused(
            _(
                "Desa sedang dipakai dan tidak berhenti cukup lama. Tidak ada yang berubah; coba lagi sebentar lagi."
            )
        ) from error
    except (psycopg.Error, TenancyError) as error:
        log.error("swap_failed", village=str(tenant_id), error=str(error))
        raise CopyRefused(
            _(
                "Penggantian gagal (%(reason)s). Desa tetap seperti semula.",
                reason=str(error).splitlines()[0][:200],
            )
        ) from error
    registry.hosts_changed()


def refuse_if_people_moved(tenant_id: uuid.UUID, copy_id: uuid.UUID | None) -> None:
    """Raise CopyRefused when people went over to another village, or came from one, since a copy was taken, or do now.

    Set back to it, this village would have people whom the other one has as well, or would lose those who came. A split
    whose new village has no data any more stands in nobody's way. Inside a platform scope; ends the transaction.
    """
    found = db.session.execute(_moved(tenant_id, copy_id)).first()
    db.session.rollback()
    _refuse_moved(found)


def why_not_set_back(tenant_id: uuid.UUID, copy_id: uuid.UUID | None) -> str:
    """The sentence with which `refuse_if_people_moved` would refuse; empty when it would not. One select."""
    try:
        _refuse_moved(db.session.execute(_moved(tenant_id, copy_id)).first())
    except CopyRefused as refusal:
        return str(refusal)
    return ""


def _moved(tenant_id: uuid.UUID, copy_id: uuid.UUID | None) -> Select[str, str]:
    """Kind and other village of a deed that took people over since a copy was taken, or does now."""
    taken_at = select(VillageCopy.taken_at).where(VillageCopy.id == copy_id).scalar_subquery()
    # Of a copy that was removed meanwhile nobody knows when it was taken.
    later = or_(taken_at.is_(None), VillageDeed.finished_at > taken_at)
    since = or_(VillageDeed.state == "running", and_(VillageDeed.state == "done", later))
    other = case(
        (VillageDeed.tenant_id == tenant_id, VillageDeed.other_tenant_id), else_=VillageDeed.tenant_id
    )
    return (
        select(VillageDeed.kind, TenantRow.term + " " + TenantRow.name)
        .outerjoin(TenantRow, TenantRow.id == other)
        .where(or_(VillageDeed.tenant_id == tenant_id, VillageDeed.other_tenant_id == tenant_id))
        .where(VillageDeed.kind.in_(("split", "merge")), since)
        .where(or_(VillageDeed.kind == "merge", VillageDeed.state == "running", TenantRow.schema_name.is_not(None)))
        .limit(1)
    )  # fmt: skip


def _asked(conn: psycopg.Connection, query: Select[str, str]) -> Any:
    """The first row of a query on a connection of the owner, in its open transaction."""
    said = query.compile(dialect=db.session.get_bind().dialect, compile_kwargs={"render_postcompile": True})
    return conn.execute(str(said).encode(), said.params).fetchone()


def _refuse_moved(found: Any) -> None:
    if found is not None:
        raise CopyRefused(
            _(
                "Sejak salinan ini diambil, penduduk berpindah karena pembagian atau penggabungan dengan %(other)s. "
                "Memulihkannya membuat orang yang sama tercatat di dua desa, atau hilang dari keduanya. Tidak ada yang "
                "berubah; catat lagi dari pembanding apa yang perlu.",
                other=found[1] or _("desa lain"),
            )
        )


def _damaged() -> str:
    return str(
        _(
            "Salinan ini rusak atau berubah sejak dibuat, jadi tidak dipulihkan. Tidak ada yang berubah; "
            "pilih salinan lain."
        )
    )


def _key_missing(reason: str) -> str:
    return str(
        _(
            "Kunci induk salinan ini tidak ada di MASTER_KEYS (%(reason)s). Pasang kunci lama itu kembali, lalu coba "
            "lagi. Tidak ada yang berubah.",
            reason=reason,
        )
    )
