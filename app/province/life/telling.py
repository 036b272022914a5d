"""Letters about what happens to a village: to its head and secretary, and to who decides about a deletion.

Asked for in the transaction of the deed. A letter says what happened, what is safe and where to read on.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from functools import partial

from sqlalchemy import ColumnElement, func, or_, select, update

from app.core.accounts.models import Account, Membership
from app.core.links import province_url
from app.core.mail import Letter, send_later, writes_letter
from app.extensions import db
from app.province.life.models import LifeNotice
from tenants.models import TenantRow, TenantState

LETTER = "life.notice"
VILLAGE_ROLES = ("village_head", "secretary")
DECIDING_ROLE = "province_admin"
SAFE = "Semua data tetap tersimpan utuh. Surat yang pernah terbit tetap dapat diperiksa lewat kode QR-nya."

WORDS: Mapping[str, tuple[str, str]] = {
    "suspended": (
        "{village} ditangguhkan",
        "Situs dan halaman kerja {village} ditutup sementara oleh provinsi.\nAlasan: {reason}\n\n" + SAFE,
    ),
    "resumed": (
        "{village} melayani lagi",
        "Situs dan halaman kerja {village} dibuka lagi. Masuk seperti biasa.",
    ),
    "archived": ("{village} diarsipkan", "{village} diarsipkan oleh provinsi.\nAlasan: {reason}\n\n" + SAFE),
    "reopened": (
        "{village} aktif kembali",
        "{village} diaktifkan kembali dengan semua datanya. Masuk seperti biasa.",
    ),
    "split": (
        "{village} dimekarkan",
        "Pemekaran {village} sudah dijalankan menurut {regulation}.\n{people} penduduk dan {homes} keluarga beralih ke "
        "{other} ({address}).\n\nArsip surat tetap di {village}. Akun layanan mandiri ikut warganya, dengan NIK dan "
        "PIN yang sama. {open}",
    ),
    "merged_in": (
        "{other} bergabung ke {village}",
        "Penggabungan sudah dijalankan menurut {regulation}.\n{people} penduduk dan {homes} keluarga dari {other} kini "
        "tercatat di {village}. {doubles} {open}",
    ),
    "merged_away": (
        "{village} bergabung ke {other}",
        "Penggabungan sudah dijalankan menurut {regulation}.\nPenduduk {village} kini tercatat di {other} ({address}). "
        "{village} diarsipkan, alamatnya mengarah ke sana. {open}\n\n" + SAFE,
    ),
    "deletion_asked": (
        "Penghapusan data {village} diminta",
        "{by} meminta agar data {village} dihapus.\nAlasan: {reason}\nDasar: {regulation}\n\nBelum ada yang dihapus. "
        "Penghapusan baru berjalan bila admin provinsi lain menyetujui, dan 30 hari sesudahnya.",
    ),
    "deletion_agreed": (
        "{village} ditutup, datanya dihapus pada {due}",
        "{by} menyetujui penghapusan data {village}.\nMulai hari ini {village} ditutup. Datanya dihapus pada {due}.\n\n"
        "Sampai hari itu penghapusan dapat dibatalkan oleh setiap admin provinsi. Unduh arsip lengkap sebelum itu.",
    ),
    "deletion_soon": (
        "Data {village} dihapus dalam {days} hari",
        "Data {village} dihapus pada {due}.\n\nSampai hari itu penghapusan masih dapat dibatalkan oleh admin provinsi.",
    ),
    "deletion_cancelled": (
        "Penghapusan {village} dibatalkan",
        "{by} membatalkan penghapusan data {village}. Tidak ada data yang dihapus.",
    ),
    "deletion_done": (
        "Data {village} sudah dihapus",
        "Data {village} sudah dihapus. Berita acara bernomor {number} dapat diperiksa di:\n{address}",
    ),
}
"""Kind of a notice → subject and text; letters are Indonesian, as villages write to each other."""


def tell(
    row: TenantRow,
    kind: str,
    words: Mapping[str, object] | None = None,
    *,
    deciding: bool = False,
    also: Iterable[uuid.UUID] = (),
) -> LifeNotice:
    """Ask in the open transaction for letters to a village's head and secretary.

    Args:
        words: what the kind's text names besides the village; kept, so plain values of no secret.
        deciding: also to every province admin.
        also: further accounts, such as those who worked there.
    """
    values = {name: str(value) for name, value in (words or {}).items()}
    notice = LifeNotice(tenant_id=row.id, kind=kind, words={"village": f"{row.term} {row.name}", **values})
    db.session.add(notice)
    db.session.flush()
    for account_id in dict.fromkeys([*_recipients(row.id, deciding=deciding), *also]):
        send_later(LETTER, account_id, row.id, occasion=notice.id)
    return notice


def _recipients(tenant_id: uuid.UUID, *, deciding: bool) -> list[uuid.UUID]:
    here: ColumnElement[bool] = (Membership.tenant_id == tenant_id) & Membership.role.in_(VILLAGE_ROLES)
    if deciding:
        here = or_(here, (Membership.tenant_id.is_(None)) & (Membership.role == DECIDING_ROLE))
    query = (
        select(Account.id)
        .join(Membership, Membership.account_id == Account.id)
        .where(here, Account.is_active, Account.password_hash.is_not(None), Membership.invited_name.is_(None))
        .distinct()
    )
    return list(db.session.scalars(query))


def state_changed(row: TenantRow, before: str, reason: str | None) -> None:
    """Tell a village that it was suspended, resumed, archived or reopened (in the open transaction)."""
    kind = {TenantState.SUSPENDED: "suspended", TenantState.ARCHIVED: "archived"}.get(TenantState(row.state))
    if kind is None:
        kind = {TenantState.SUSPENDED: "resumed", TenantState.ARCHIVED: "reopened"}.get(TenantState(before))
    if kind is not None:
        tell(row, kind, {"reason": reason or "–"})


@writes_letter(LETTER)
def notice_letter(account_id: uuid.UUID, _place: uuid.UUID | None, occasion: str) -> Letter | None:
    """One letter of a notice; None once it was sent, or where the account is gone."""
    notice, account = db.session.get(LifeNotice, uuid.UUID(occasion)), db.session.get(Account, account_id)
    if notice is None or account is None or not account.is_active or str(account_id) in notice.sent_to:
        return None
    subject, text = (part.format_map({"open": "", **notice.words}) for part in WORDS[notice.kind])
    where = province_url("life.overview", village_id=notice.tenant_id)
    foot = f"Riwayat desa di Siger (untuk petugas provinsi dan kabupaten):\n{where}"
    return Letter(
        account.email,
        " ".join(subject.split())[:150],
        f"Yth. {account.name},\n\n{text}\n\n{foot}\n",
        f"life-{notice.id}-{account_id}",
        partial(_sent, notice.id, account_id),
    )


def _sent(notice_id: uuid.UUID, account_id: uuid.UUID) -> None:
    more = LifeNotice.sent_to.op("||")(func.jsonb_build_array(str(account_id)))
    db.session.execute(update(LifeNotice).where(LifeNotice.id == notice_id).values(sent_to=more))
    db.session.commit()
