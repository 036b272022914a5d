"""All letters of a batch in one file: a PDF for printing, or an archive with a file each."""

from __future__ import annotations

import io
import uuid
import zipfile
from dataclasses import dataclass
from typing import Any, Literal

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from app.core import audit
from app.core.privacy.files import get_sealed
from app.core.privacy.vault import open_vault
from app.core.regions.slugs import slugify
from app.core.village.errors import Missing
from app.extensions import db
from app.government.letters.desk.batch import batch_view, issued_ids
from app.government.letters.desk.boxes import file_path
from app.government.letters.models import Letter
from tenants.models import now


@dataclass(frozen=True, slots=True)
class Bundle:
    """A file with the letters of a batch."""

    data: bytes
    media_type: str
    name: str


def bundle_of(run_id: uuid.UUID, form: Literal["pdf", "zip"]) -> Bundle:
    """The issued letters of a batch in one file, in the order of their numbers; the audit log notes it. Commits.

    The PDF is for printing: the letters themselves, and their digests, are the single files.

    Raises:
        Missing: no such batch, or nothing is issued (yet). StorageAway.
    """
    run = batch_view(run_id).run
    ids = issued_ids(run_id)
    if not ids:
        raise Missing("letters")
    vault = open_vault()
    files = [get_sealed(file_path(letter_id), vault) for letter_id in ids]
    name = f"{slugify(run.label)}-{run_id.hex[-6:]}"
    if form == "zip":
        rows = db.session.execute(db.select(Letter.id, Letter.number).where(Letter.batch_id == run_id))
        numbers = {row.id: row.number for row in rows}
        data, media_type = _archive([numbers[one] for one in ids], files), "application/zip"
    else:
        data, media_type = merged(files), "application/pdf"
    audit.record(
        "letters.batch_downloaded", object_type="letter_batch", object_id=run_id, summary=run.label,
        details={"count": len(ids), "format": form},
    )  # fmt: skip
    db.session.commit()
    return Bundle(data, media_type, f"{name}.{form}")


def merged(files: list[bytes]) -> bytes:
    """The pages of several PDF files of ours, one after another."""
    writer: Any = PdfFileWriter()  # type: ignore[no-untyped-call]
    for data in files:
        reader: Any = PdfFileReader(io.BytesIO(data))
        for number in range(int(reader.root["/Pages"]["/Count"])):
            reference, _inherited = reader.find_page_for_modification(number)
            page = reference.get_object()
            contents = writer.add_object(writer.import_object(page["/Contents"]))
            box = [float(side) for side in page["/MediaBox"]]
            resources = writer.import_object(page["/Resources"])
            made: Any = PageObject(contents=contents, media_box=box, resources=resources)  # type: ignore[no-untyped-call]
            writer.insert_page(made)
    packed = io.BytesIO()
    writer.write(packed)
    return packed.getvalue()


def _archive(numbers: list[str], files: list[bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for number, data in zip(numbers, files, strict=True):
            entry = zipfile.ZipInfo(f"{slugify(number.replace('/', '-'))}.pdf", now().timetuple()[:6])
            archive.writestr(entry, data)
    return packed.getvalue()
