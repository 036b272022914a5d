"""Receiving and answering requests about one's own data, and handing over the copy."""

from __future__ import annotations

import datetime as dt
import io
import json
import tempfile
import uuid
import zipfile
from collections.abc import Mapping
from typing import IO, Any, Literal

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.actors import current_actor
from app.core.audit import record
from app.core.documents import PDF, PdfColumn, table_pdf
from app.core.privacy.vault import open_vault
from app.core.tables import XLSX, Column, write_workbook
from app.core.ui.formats import date, file_day, moment
from app.core.village.errors import ChangedMeanwhile, Missing
from app.extensions import db
from app.government.residents.documents.services import read_document
from app.government.residents.models import DataRequest, Resident
from app.government.residents.rights import own_data
from app.government.residents.rights.holdings import OwnPart, own_parts
from tenants.ids import uuid7
from tenants.models import now

CopyFormat = Literal["zip", "json", "xlsx", "pdf"]
MEDIA_TYPES: dict[str, str] = {"zip": "application/zip", "json": "application/json", "xlsx": XLSX, "pdf": PDF}
IN_MEMORY = 8 * 1024 * 1024
"""An archive larger than this is written to a temporary file."""


def receive_request(
    resident_id: uuid.UUID, kind: str, *, asked_by: str, capacity: str, contact: str, text: str
) -> DataRequest:
    """Write down what somebody asks about a resident's data (Law 27/2022, Art. 6 and 7), and commit.

    Args:
        kind: `access` for a copy, `correction`.
        asked_by: the name of who asks; capacity: `self`, `guardian` or `proxy`; contact: a phone number or address.
        text: what is asked for, in the person's words.
    Raises:
        Missing: no such resident.
    """
    vault = open_vault(for_writing=True)
    resident = db.session.get(Resident, resident_id)
    if resident is None:
        raise Missing(str(resident_id))
    said = {"asked_by": asked_by, "capacity": capacity, "contact": contact, "text": text}
    request = DataRequest(id=uuid7(), resident_id=resident_id, kind=kind, received_by=_actor_name())
    request.box = vault.seal_json(said, f"data_request:{request.id}")
    db.session.add(request)
    record(
        "data_request.received",
        object_type="resident",
        object_id=resident_id,
        summary=resident.name,
        details={"request_kind": kind},
    )
    db.session.commit()
    return request


def answer_request(request_id: uuid.UUID, outcome: Literal["done", "refused"], answer: str) -> None:
    """Close a request with what was done, or why it was refused, and commit.

    Raises Missing for an unknown one, ChangedMeanwhile for one that somebody has closed already.
    """
    vault = open_vault(for_writing=True)
    request = db.session.scalar(select(DataRequest).where(DataRequest.id == request_id).with_for_update())
    if request is None:
        raise Missing(str(request_id))
    if request.state != "open":
        raise ChangedMeanwhile({"state": request.state})
    said = vault.open_json(request.box, f"data_request:{request_id}")
    request.box = vault.seal_json({**said, "answer": answer}, f"data_request:{request_id}")
    request.state, request.answered_by, request.answered_at = outcome, _actor_name(), now()
    record(
        "data_request.answered",
        object_type="resident",
        object_id=request.resident_id,
        summary=db.session.get_one(Resident, request.resident_id).name,
        details={"request_kind": request.kind, "outcome": outcome},
    )
    db.session.commit()


def make_copy(request_id: uuid.UUID, shape: CopyFormat, *, with_health: bool) -> tuple[IO[bytes], str]:
    """Everything that the village holds on the person of an open request, as a file, and its name. Commits.

    The copy holds NIK and KK number in clear: it is for the person alone (Law 27/2022, Art. 7). Only `zip` holds the
    scans, the portrait and the letters themselves, beside the same lists as PDF, XLSX and JSON; the others name them.

    Args:
        with_health: whether who makes it may see disability, illness, contraception and pregnancy.
    Raises:
        Missing: no such request, or it is closed.
        DocumentFailed: the PDF could not be made; nothing is noted then.
        StorageAway: the scans can't be read now; nothing is noted then.
    """
    request = db.session.get(DataRequest, request_id)
    if request is None or request.state != "open" or request.kind != "access":
        raise Missing(str(request_id))
    parts = own_parts(request.resident_id, open_vault())
    data = own_data.collect(request.resident_id, with_health=with_health, parts=parts)
    file = _archive(data, request.resident_id, parts) if shape == "zip" else _written(data, shape)
    record(
        "data_request.copy_made",
        object_type="resident",
        object_id=request.resident_id,
        summary=data["resident"]["name"]["value"],
        details={
            "reason": _("Permintaan data pribadi tanggal %(day)s", day=date(request.created_at)),
            "file_format": shape,
            "with_health": with_health,
        },
    )
    db.session.commit()
    return file, f"data-pribadi-{file_day()}.{shape}"


def _archive(data: dict[str, Any], resident_id: uuid.UUID, parts: Mapping[str, OwnPart]) -> IO[bytes]:
    """The lists in every form and the documents themselves; one whose bytes are gone is left out and says so."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    documents = own_data.documents_held(db.session.get_one(Resident, resident_id))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for document, told in zip(documents, data["documents"], strict=True):
            try:
                opened = read_document(document)
            except Missing:
                told["file"] = None
                continue
            archive.writestr(told["file"], opened.data, zipfile.ZIP_STORED)
        for key, own_part in parts.items():
            for own_file in own_part.files:
                try:
                    archive.writestr(own_file.name, own_file.read(), zipfile.ZIP_STORED)
                except Missing:
                    data[key] = [
                        {**record, "file": None} if record.get("file") == own_file.name else record
                        for record in data[key]
                    ]
        for shape in ("pdf", "xlsx", "json"):
            with _written(data, shape) as part:
                archive.writestr(f"data-pribadi.{shape}", part.read())
    file.seek(0)
    return file


def _written(data: dict[str, Any], shape: str) -> IO[bytes]:
    if shape == "json":
        return io.BytesIO(json.dumps(data, ensure_ascii=False, indent=2).encode())
    made_at = moment(dt.datetime.fromisoformat(data["made_at"]))
    about = [_("Dibuat %(moment)s atas permintaan penduduk (UU 27/2022).", moment=made_at)]
    if not data["with_health"]:
        about.append(own_data.without_health())
    title = _("Data pribadi: %(name)s", name=data["resident"]["name"]["value"])
    rows = own_data.rows(data)
    if shape == "xlsx":
        columns = [Column(_("Bagian"), width=22), Column(_("Isian"), width=34), Column(_("Isi"), width=70)]
        return write_workbook(_("Data pribadi"), columns, rows, " ".join([title, *about]))
    pdf_columns = [PdfColumn(_("Bagian"), 16), PdfColumn(_("Isian"), 24), PdfColumn(_("Isi"), 46)]
    return io.BytesIO(table_pdf(title, pdf_columns, rows, about=about, landscape=False, paper="a4", size=9.0))


def _actor_name() -> str:
    actor = current_actor()
    return actor.name if actor else ""
