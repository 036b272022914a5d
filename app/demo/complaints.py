"""Complaints of the demo's villages, in every state: sent and answered by the services of residents and clerks."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select, update

from app.core.actors import Actor, acting_as
from app.core.casework.models import CaseStep
from app.demo.pictures import scan
from app.extensions import db
from app.government.complaints import handling
from app.government.complaints.models import Complaint
from app.government.complaints.services import Sender, submit
from app.government.residents.models import Resident
from app.government.selfservice.models import PortalAccount
from tenants.models import now


@dataclass(frozen=True, slots=True)
class Told:
    """A complaint: days ago it came, and what the village said; `public` answers are read by everybody."""

    days: int
    category: str
    title: str
    text: str
    place: str
    by: str = "account"
    answer: str = ""
    after: int = 1
    public: bool = False
    state: str = "answered"
    stars: int = 0
    photo: bool = False


TOLD = (
    Told(24, "road", "Jembatan kayu mulai lapuk", "Papan jembatan menuju kebun sudah lapuk, berbahaya dilewati motor.",
         "Jalan kebun, dekat sungai", answer="Papan sudah diganti pada gotong royong hari Minggu. Terima kasih "
         "laporannya.", after=3, public=True, state="closed", stars=5, photo=True),
    Told(17, "light", "Lampu jalan padam", "Tiga lampu jalan di depan mushola padam sejak minggu lalu.",
         "Depan mushola", by="open", answer="Dua lampu sudah diganti, satu menunggu suku cadang dari toko.", after=2,
         public=True, stars=4),
    Told(12, "waste", "Sampah menumpuk di saluran", "Saluran di belakang pasar tersumbat sampah dan berbau.",
         "Belakang pasar", by="anonymous", answer="Saluran dibersihkan bersama warga; jadwal angkut sampah ditambah "
         "menjadi dua kali seminggu.", after=4, public=True, state="closed"),
    Told(9, "aid", "Belum menerima bantuan", "Nama saya ada di daftar, tetapi bantuan bulan ini belum diterima.", "",
         answer="Data Ibu sudah kami cocokkan; bantuan dapat diambil mulai hari Senin dengan membawa KTP.", after=1,
         stars=5),
    Told(8, "water", "Air pipa keruh", "Air dari pipa keruh setiap pagi, terutama sesudah hujan.", "RT 02",
         state="in_progress"),
    Told(4, "service", "Antrean lama hari Senin", "Hari Senin antrean panjang, hanya satu meja yang melayani.",
         "Balai", by="anonymous", state="received"),
    Told(2, "health", "Jadwal posyandu berubah", "Mohon jadwal posyandu ditempel di papan pengumuman.", "",
         state="received"),
    Told(6, "other", "Iklan pinjaman", "Tawaran pinjaman uang lewat pesan, apakah benar dari desa?", "", by="open",
         answer="Bukan laporan tentang layanan desa. Jangan dibalas; laporkan ke 112.", state="rejected"),
)  # fmt: skip


def file_complaints(keeper: Actor, *, rich: bool) -> int:
    """Send and answer the complaints of a village in the present scope; none where it has some."""
    if db.session.scalar(select(Complaint.id).limit(1)) is not None:
        return 0
    accounts = db.session.execute(
        select(PortalAccount.id, PortalAccount.resident_id, Resident.name)
        .join(Resident, Resident.id == PortalAccount.resident_id)
        .where(PortalAccount.state == "active")
        .order_by(PortalAccount.id)
    ).all()
    told = TOLD if rich else TOLD[1:4]
    for number, one in enumerate(sorted(told, key=lambda complaint: -complaint.days)):
        account = accounts[number % len(accounts)] if accounts else None
        _file(one, account, keeper)
    return len(told)


def _file(one: Told, account: object | None, keeper: Actor) -> None:
    values = {
        "category": one.category, "title": one.title, "text": one.text, "place": one.place, "sub_area_id": None,
        "point": None,
    }  # fmt: skip
    photos = [scan("FOTO LAPORAN", 5, as_pdf=False)] if one.photo else []
    complaint_id = submit(values, photos, _sender(one, account)).id
    received = now() - dt.timedelta(days=one.days, hours=2)
    with acting_as(keeper):
        if one.state != "received":
            handling.take_on(complaint_id)
        if one.state == "rejected":
            handling.reject(complaint_id, one.answer)
        elif one.answer:
            handling.answer(
                complaint_id, one.answer, public=one.public, public_title=one.title, public_text=one.text
            )
        if one.stars:
            handling.rate(complaint_id, one.stars)
        if one.state == "closed":
            handling.close(complaint_id)
    _set_back(complaint_id, received, received + dt.timedelta(days=one.after) if one.answer else None)


def _sender(one: Told, account: object | None) -> Sender | None:
    if one.by == "anonymous":
        return None
    if one.by == "open" or account is None:
        return Sender(name="Warga RT 03", contact="")
    return Sender(account.id, account.resident_id, account.name)  # type: ignore[attr-defined]


def _set_back(complaint_id: uuid.UUID, received: dt.datetime, answered: dt.datetime | None) -> None:
    """Let a complaint have come and been answered on its days."""
    row = db.session.get_one(Complaint, complaint_id)
    values: dict[str, object] = {"received_at": received, "created_at": received}
    if row.due_at is not None:
        values["due_at"] = row.due_at - (now() - received)
    if row.answered_at is not None:
        values["answered_at"] = answered
    if row.closed_at is not None:
        values["closed_at"] = (answered or received) + dt.timedelta(hours=3)
    db.session.execute(update(Complaint).where(Complaint.id == complaint_id).values(values))
    steps = select(CaseStep.id).where(CaseStep.subject_id == complaint_id).order_by(CaseStep.at, CaseStep.id)
    for number, step_id in enumerate(db.session.scalars(steps).all()):
        at = received if number == 0 else (answered or received) + dt.timedelta(minutes=10 * number)
        db.session.execute(update(CaseStep).where(CaseStep.id == step_id).values(at=at))
    db.session.commit()
