"""Certificates of deletion: numbered without gaps, set once as PDF/A, and checked by everybody who holds one.

The number is drawn with its row under the lock of the year's counter. The file lies under the certificate's id, so a
run that died between the two only sets it again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.documents import render_pdf
from app.core.documents.qr import qr_svg
from app.core.files.services import object_path
from app.core.files.storage import get_object, put_object
from app.core.links import province_url
from app.core.ui.formats import ZONE, date, moment, number
from app.core.village.errors import Missing
from app.extensions import db
from app.province.copies.words import table_name
from app.province.life.models import DeletionCertificate, DeletionNumbers, VillageDeed
from app.province.regions import frame_name
from tenants.models import PlatformFile, TenantRow, now

PURPOSE = "deletion_certificate"
TEMPLATE = Path(__file__).with_name("typst") / "deletion.typ"
MARK = Path(__file__).parents[2] / "frontend" / "mark" / "siger.svg"
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def issue(deed: VillageDeed) -> DeletionCertificate:
    """Number the certificate of a deletion that was carried out; the one that it has already. Commits."""
    known = of_deed(deed.id)
    if known is not None:
        return known
    day = now().astimezone(ZONE).date()
    last = _drawn(day.year)
    row = db.session.get_one(TenantRow, deed.tenant_id)
    certificate = DeletionCertificate(
        deed_id=deed.id,
        tenant_id=row.id,
        year=day.year,
        number=last,
        number_text=number_text(last, row.code[:2], day),
        token=secrets.token_urlsafe(16),
        content={
            "village": f"{row.term} {row.name}",
            "code": row.code,
            "place": f"Kecamatan {row.district_name}, {row.regency_name}",
            "province": row.code[:2],
            "reason": deed.reason,
            "regulation": deed.regulation,
            "asked_by": deed.asked_by_name,
            "asked_at": deed.asked_at.isoformat(),
            "agreed_by": deed.agreed_by_name,
            "agreed_at": deed.agreed_at.isoformat() if deed.agreed_at else "",
            "deleted_at": now().isoformat(),
            "tables": deed.result.get("tables", {}),
            "files": deed.result.get("files", 0),
        },
    )
    db.session.add(certificate)
    db.session.commit()
    return certificate


def make(certificate: DeletionCertificate) -> None:
    """Set the paper and keep it, once. Commits. Raises DocumentFailed, StorageAway."""
    if certificate.file_id is not None:
        return
    pdf = paper(certificate)
    put_object(object_path(certificate.id), pdf)
    digest = hashlib.sha256(pdf).digest()
    db.session.add(
        PlatformFile(
            id=certificate.id, purpose=PURPOSE, file_name=file_name(certificate), media_type="application/pdf",
            size=len(pdf), sha256=digest, is_public=False,
        )
    )  # fmt: skip
    certificate.file_id, certificate.sha256 = certificate.id, digest
    db.session.commit()


def paper(certificate: DeletionCertificate) -> bytes:
    """A certificate as PDF/A-2b. Raises DocumentFailed."""
    said = certificate.content
    address = province_url("deletion_check.show", token=certificate.token)
    tables = sorted(said["tables"].items(), key=lambda one: (-one[1][0], one[0]))
    with force_locale("id"):
        data = {
            "paper": "a4",
            "footer": f"Berita acara penghapusan data {certificate.number_text}",
            "office": ["Pemerintah " + frame_name(said["province"]),
                       "Dinas Pemberdayaan Masyarakat, Desa, dan Transmigrasi"],
            "number": certificate.number_text,
            "pairs": [
                ["Desa", said["village"]],
                ["Kode wilayah", said["code"]],
                ["Letak", said["place"]],
                ["Dasar", said["regulation"]],
                ["Alasan", said["reason"]],
                ["Diminta oleh", f"{said['asked_by']}, {_moment(said['asked_at'])}"],
                ["Disetujui oleh", f"{said['agreed_by']}, {_moment(said['agreed_at'])}"],
                ["Dihapus", _moment(said["deleted_at"])],
                ["Tabel", number(len(tables))],
                ["Baris", number(sum(rows for _name, (rows, _digest) in tables))],
                ["Berkas", number(said["files"])],
            ],
            "columns": [{"width": 46.0, "align": "left"}, {"width": 18.0, "align": "right"},
                        {"width": 110.0, "align": "left"}],
            "rows": [[f"{table_name(code)} ({code})", number(rows), digest] for code, (rows, digest) in tables],
            "day": date(certificate.issued_at),
            "address": address.removeprefix("https://").removeprefix("http://"),
        }  # fmt: skip
        images = {"logo": _mark(), "qr": qr_svg(address)}
        title = f"Berita acara penghapusan data {certificate.number_text}"
        return render_pdf(TEMPLATE, data, title=title, images=images)


def of_deed(deed_id: uuid.UUID) -> DeletionCertificate | None:
    """The certificate of a deletion, if it was issued."""
    return db.session.scalars(
        select(DeletionCertificate).where(DeletionCertificate.deed_id == deed_id)
    ).one_or_none()


def of_deeds(deed_ids: list[uuid.UUID]) -> dict[uuid.UUID, DeletionCertificate]:
    """The certificates of several deletions; one select."""
    query = select(DeletionCertificate).where(DeletionCertificate.deed_id.in_(deed_ids))
    return {row.deed_id: row for row in db.session.scalars(query)}


def by_token(token: str) -> DeletionCertificate | None:
    """The certificate that a QR code leads to."""
    return db.session.scalars(
        select(DeletionCertificate).where(DeletionCertificate.token == token)
    ).one_or_none()


def file_of(certificate: DeletionCertificate) -> bytes:
    """The paper as it was set. Raises Missing while there is none; StorageAway."""
    if certificate.file_id is None:
        raise Missing("certificate")
    try:
        return get_object(object_path(certificate.file_id))
    except LookupError as error:
        raise Missing("certificate") from error


def file_name(certificate: DeletionCertificate) -> str:
    """What the file is called."""
    return f"penghapusan-{certificate.number:04d}-{certificate.year}.pdf"


def number_text(drawn: int, region_code: str, day: dt.date) -> str:
    """A number as it stands on the paper: `0001/BA-HAPUS/18/XI/2026`."""
    return f"{drawn:04d}/BA-HAPUS/{region_code}/{ROMAN[day.month - 1]}/{day.year}"


def _drawn(year: int) -> int:
    """The next number of the year; its counter stays locked until the commit, so what fails gives it back."""
    db.session.execute(insert(DeletionNumbers).values(year=year, last=0).on_conflict_do_nothing())
    counter: Any = db.session.get(DeletionNumbers, year, with_for_update=True, populate_existing=True)
    counter.last += 1
    return int(counter.last)


def _moment(text: str) -> str:
    return str(moment(dt.datetime.fromisoformat(text))) if text else "–"


@lru_cache(maxsize=1)
def _mark() -> str:
    return MARK.read_text(encoding="utf-8").replace("currentColor", "#7A1420")
