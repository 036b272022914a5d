"""Documents and guides that a region's office keeps ready for the villages below it.

The province's functions run inside a platform scope and commit; the village's enter one for a short time and see what
the village's own province, kabupaten and kecamatan share. Fetching a document is counted, by village.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.accounts.scoping import platform_rows
from app.core.actors import Actor, current_actor
from app.core.files.services import discard_file
from app.core.village.errors import ChangedMeanwhile, Missing
from app.extensions import db
from app.province.announcements import files
from app.province.announcements.audience import can_read
from app.province.announcements.files import CheckedFile
from app.province.announcements.models import DocumentOpening, SharedDocument
from app.province.regions import REGENCY, Territory, frame_name, within
from tenants.ids import uuid7
from tenants.models import TenantRow, now
from tenants.scope import current_tenant

PAGE = 30
CATEGORIES: Mapping[str, object] = {
    "guide": _l("Panduan"),
    "regulation": _l("Peraturan"),
    "form": _l("Formulir"),
    "slides": _l("Paparan"),
    "other": _l("Lainnya"),
}


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """What a list of documents is narrowed to; `withdrawn` shows those that villages see no more."""

    category: str = ""
    search: str = ""
    withdrawn: bool = False

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> DocumentFilter:
        """From a query string; what makes no sense is left out."""
        category = args.get("jenis", "")
        search = " ".join(args.get("q", "").replace("\x00", "").split())[:80]
        return cls(category if category in CATEGORIES else "", search, args.get("lihat") == "ditarik")

    def as_args(self) -> dict[str, Any]:
        """The query string that leads back here."""
        found = (("jenis", self.category), ("q", self.search), ("lihat", "ditarik" if self.withdrawn else ""))
        return {name: value for name, value in found if value}


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document of the office's list, with how many villages of the region fetched it."""

    document: SharedDocument
    sender: str
    opened: int


@dataclass(frozen=True, slots=True)
class OpeningPart:
    """A kabupaten/kota or kecamatan: villages that can read, that fetched the document, and its newest version."""

    code: str
    name: str
    readable: int
    opened: int
    newest: int


@dataclass(frozen=True, slots=True)
class Shared:
    """A document as a village sees it."""

    id: uuid.UUID
    title: str
    description: str
    category: str
    file_name: str
    media_type: str
    size: int
    version: int
    sender: str
    shared_at: dt.datetime
    fetched_version: int | None

    @property
    def is_new(self) -> bool:
        """Whether the village has not fetched this version yet."""
        return self.fetched_version != self.version


# --- the office's side ---------------------------------------------------------------------------------------------


def documents_of(
    region_code: str, wanted: DocumentFilter, *, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[DocumentLine], uuid.UUID | None]:
    """A page of the documents that an office sees, newest first, and the cursor of the next: one select."""
    opened = (
        select(func.count())
        .select_from(DocumentOpening)
        .join(TenantRow, TenantRow.id == DocumentOpening.tenant_id)
        .where(DocumentOpening.document_id == SharedDocument.id, within(region_code))
        .scalar_subquery()
    )
    query = _narrowed(select(SharedDocument, opened), wanted).where(visible(region_code))
    gone = SharedDocument.withdrawn_at
    query = query.where(gone.is_not(None) if wanted.withdrawn else gone.is_(None))
    if after is not None:
        query = query.where(SharedDocument.id < after)
    rows = db.session.execute(query.order_by(SharedDocument.id.desc()).limit(limit + 1)).all()
    lines = [DocumentLine(row[0], frame_name(row[0].region_code), int(row[1])) for row in rows]
    return lines[:limit], lines[limit - 1].document.id if len(lines) > limit else None


def find_document(document_id: uuid.UUID, region_code: str) -> SharedDocument:
    """A document that an office sees. Raises Missing."""
    query = select(SharedDocument).where(SharedDocument.id == document_id, visible(region_code))
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise Missing("document")
    return row


def office_of(document_id: uuid.UUID) -> str | None:
    """The office that shared a document, whoever asks; None where there is none."""
    return db.session.scalar(select(SharedDocument.region_code).where(SharedDocument.id == document_id))


def visible(region_code: str) -> ColumnElement[bool]:
    """Own documents, those of offices below, and those of the regions above that share with the same villages."""
    above = [region_code[: 2 + 3 * n] for n in range(region_code.count(".") + 1)]
    return or_(
        SharedDocument.region_code.in_(above),
        SharedDocument.region_code.startswith(f"{region_code}.", autoescape=True),
    )


def openings(document: SharedDocument, here: Territory) -> list[OpeningPart]:
    """How many villages fetched it, by the level below a region (a kecamatan is one line): one select."""
    code, name = (
        (TenantRow.regency_code, TenantRow.regency_name)
        if here.level < REGENCY
        else (TenantRow.district_code, TenantRow.district_name)
    )
    reached = and_(within(here.code), within(document.region_code))
    opened = DocumentOpening.tenant_id.is_not(None)
    newest = and_(opened, DocumentOpening.last_version == document.version)
    query = (
        select(
            code,
            func.min(name),
            func.count(case((or_(can_read(), opened), 1))),
            func.count(case((opened, 1))),
            func.count(case((newest, 1))),
        )
        .select_from(TenantRow)
        .join(
            DocumentOpening,
            and_(DocumentOpening.tenant_id == TenantRow.id, DocumentOpening.document_id == document.id),
            isouter=True,
        )
        .where(reached)
        .group_by(code)
        .order_by(func.min(name))
    )
    return [OpeningPart(row[0], row[1], *map(int, row[2:])) for row in db.session.execute(query)]


def share_document(values: Mapping[str, Any], file: CheckedFile, *, office: str) -> SharedDocument:
    """Share a document with the villages of the office's region. Raises StorageAway."""
    actor = current_actor()
    row = SharedDocument(
        id=uuid7(),
        region_code=office,
        title=values["title"],
        description=values.get("description", ""),
        category=values["category"],
        shared_by=actor.name if actor else "",
    )
    _put(row, file)
    db.session.add(row)
    _note("shared_document.shared", row)
    db.session.commit()
    return row


def change_document(
    document_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    office: str,
    seen: int | None,
    file: CheckedFile | None = None,
) -> SharedDocument:
    """Change what is said of an own document, and replace its file by a new version where one is given.

    Raises Missing, ChangedMeanwhile, StorageAway.
    """
    row = _own(document_id, office)
    if seen is not None and seen != row.row_version:
        present = {"row_version": row.row_version, "title": row.title, "version": row.version}
        db.session.rollback()
        raise ChangedMeanwhile(present)
    row.title, row.description = values["title"], values.get("description", "")
    row.category = values["category"]
    row.row_version += 1
    if file is not None:
        discard_file(row.file_id)
        row.version += 1
        actor = current_actor()
        row.shared_by, row.shared_at = actor.name if actor else "", now()
        _put(row, file)
    _note("shared_document.replaced" if file else "shared_document.changed", row)
    db.session.commit()
    return row


def withdraw_document(document_id: uuid.UUID, *, office: str, back: bool = False) -> None:
    """Take an own document out of the villages' sight, or bring it back. Raises Missing. Doing it twice is one."""
    row = _own(document_id, office)
    if (row.withdrawn_at is None) == back:
        db.session.rollback()
        return
    row.withdrawn_at = None if back else now()
    row.row_version += 1
    _note("shared_document.returned" if back else "shared_document.withdrawn", row)
    db.session.commit()


def document_answer(document_id: uuid.UUID, region_code: str) -> Response:
    """The file for an office that sees the document. Raises Missing, FileMissing."""
    return files.file_answer(find_document(document_id, region_code).file_id)


# --- the village's side --------------------------------------------------------------------------------------------


def village_documents(
    wanted: DocumentFilter, *, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[Shared], uuid.UUID | None]:
    """A page of what the regions above the present village share, newest first, and the cursor of the next."""
    tenant = current_tenant()
    mine = and_(DocumentOpening.document_id == SharedDocument.id, DocumentOpening.tenant_id == tenant.id)
    query = (
        _narrowed(select(SharedDocument, DocumentOpening.last_version), wanted)
        .join(DocumentOpening, mine, isouter=True)
        .where(_shared_with_us())
    )
    if after is not None:
        query = query.where(SharedDocument.id < after)
    with platform_rows():
        rows = db.session.execute(query.order_by(SharedDocument.id.desc()).limit(limit + 1)).all()
        found = [_shared(row[0], row[1]) for row in rows]
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def fetch_document(document_id: uuid.UUID, actor: Actor) -> Response:
    """The file for the present village's staff, counted for the village; a visitor of the province is not counted.

    Raises Missing, FileMissing, StorageAway.
    """
    query = select(SharedDocument).where(SharedDocument.id == document_id, _shared_with_us())
    tenant_id = current_tenant().id
    with platform_rows():
        row = db.session.scalars(query).one_or_none()
        if row is None:
            raise Missing("document")
        answer = files.file_answer(row.file_id)
        if actor.support_visit is None:
            moment = now()
            note = insert(DocumentOpening).values(
                document_id=row.id, tenant_id=tenant_id, times=1, last_at=moment, last_version=row.version
            )
            again = {
                "times": DocumentOpening.times + 1,
                "last_at": moment,
                "last_version": row.version,
            }
            db.session.execute(note.on_conflict_do_update(constraint="pk_document_opening", set_=again))
            db.session.commit()
    return answer


def _shared_with_us() -> ColumnElement[bool]:
    tenant = current_tenant()
    regions = [tenant.code[:2], tenant.regency_code, tenant.district_code]
    return and_(SharedDocument.region_code.in_(regions), SharedDocument.withdrawn_at.is_(None))


def _narrowed(query: Any, wanted: DocumentFilter) -> Any:
    if wanted.category:
        query = query.where(SharedDocument.category == wanted.category)
    if wanted.search:
        query = query.where(
            or_(
                *(
                    column.icontains(wanted.search, autoescape=True)
                    for column in (SharedDocument.title, SharedDocument.description, SharedDocument.file_name)
                )
            )
        )
    return query


def _shared(row: SharedDocument, fetched: int | None) -> Shared:
    return Shared(
        row.id, row.title, row.description, row.category, row.file_name, row.media_type, row.size, row.version,
        frame_name(row.region_code), row.shared_at, fetched,
    )  # fmt: skip


def _put(row: SharedDocument, file: CheckedFile) -> None:
    row.file_id = files.keep(file)
    row.file_name, row.media_type, row.size = file.name, file.media_type, len(file.data)


def _own(document_id: uuid.UUID, office: str) -> SharedDocument:
    query = (
        select(SharedDocument)
        .where(SharedDocument.id == document_id, SharedDocument.region_code == office)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = db.session.scalars(query).one_or_none()
    if row is None:
        db.session.rollback()
        raise Missing("document")
    return row


def _note(action: str, row: SharedDocument) -> None:
    audit.record(
        action,
        object_type="shared_document",
        object_id=row.id,
        summary=row.title,
        details={"region": row.region_code, "version": row.version},
    )
