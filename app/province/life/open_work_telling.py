"""Who is told of what a split or a merge ended: applicants, senders, owners of accounts, and the village's own staff.

Runs after the deed. Whoever's account went along is told in the village that it lives in now, everybody else in the one
that was left; one message a person and deed, however often the job runs.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select

from app.core.badges import forget_badges
from app.core.casework.models import CaseStep
from app.core.notifications import declare_event, notify
from app.core.notifications.events import CHANNELS
from app.core.notifications.models import Notification
from app.core.privacy.vault import open_vault
from app.core.ui.formats import number
from app.extensions import db
from app.government.complaints.models import Complaint
from app.government.complaints.services import SUBJECT as COMPLAINT
from app.government.letters.desk.boxes import in_clear
from app.government.letters.desk.life import SUBJECT as LETTER
from app.government.letters.desk.life import held, moved
from app.government.letters.models import OPEN_STATES, Letter
from app.government.residents import codes
from app.government.residents.models import LifeEvent, Resident
from app.government.selfservice.accounts.sign_in import CASE as ACCOUNT
from app.government.selfservice.models import PortalAccount
from app.province.life.moving import LEFT_KIND
from app.province.life.open_work import CAME, GONE, reason_of
from tenants.scope import Tenant, tenant_scope

PERSON, STAFF = "village.gone_over", "village.work_gone_over"
SUBJECT = "village_deed"
MOST_NAMED = 5
_SHARED = {"asal": "desa asal", "tujuan": "desa tujuan", "dasar": "peraturannya"}

declare_event(
    PERSON,
    _l("Urusan beralih ke desa lain"),
    "Urusan Anda beralih ke {tujuan}",
    "Menurut {dasar}, urusan Anda di {asal} beralih ke {tujuan}. {isi}\nAlamatnya: {alamat}",
    CHANNELS,
    "resident",
    {**_SHARED, "isi": "apa yang ditutup dan apa yang ikut", "alamat": "alamat layanan desa tujuan"},
)
declare_event(
    STAFF,
    _l("Urusan warga beralih ke desa lain"),
    "Urusan warga beralih ke {tujuan}",
    "Menurut {dasar}, penduduk {asal} beralih ke {tujuan}. Yang belum selesai ditutup dengan alasan itu: {surat} surat "
    "dan {pengaduan} pengaduan. {akun} akun warga ikut beralih, {akhir} berakhir. Yang punya akun diberi tahu; pemohon "
    "{sisa} surat tidak punya akun dan perlu diberi tahu langsung.",
    ("in_app", "email"),
    "staff",
    {
        **_SHARED, "surat": "jumlah surat", "pengaduan": "jumlah pengaduan", "akun": "akun yang ikut",
        "akhir": "akun yang berakhir", "sisa": "surat tanpa akun pemohon",
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ended:
    """A deed that was carried out: from which village to which, by which regulation, and how much it ended.

    `everybody`: the village was left by all, since it joined the other.
    """

    deed_id: uuid.UUID
    source: Tenant
    target: Tenant
    regulation: str
    address: str
    everybody: bool
    is_open: bool
    """Whether the other village serves residents already."""
    counts: dict[str, int]


@dataclass(slots=True)
class _Told:
    """What one account is told of, by titles."""

    letters: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    account: str = ""


def tell_open_work(ended: Ended) -> None:
    """Tell everybody whom it concerns, each once. Enters both villages' scopes and commits in each."""
    with tenant_scope(ended.target):
        brought = set(db.session.scalars(_cases(ended.deed_id, ACCOUNT, CAME)))
        db.session.rollback()
    with tenant_scope(ended.source):
        _close_late(ended)
        people, unreached = _people(ended.deed_id, brought)
        here = {key: told for key, told in people.items() if key not in brought}
        _tell(ended, here)
        _tell_staff(ended, unreached)
        forget_badges()
        db.session.commit()
    with tenant_scope(ended.target):
        _tell(ended, {key: told for key, told in people.items() if key in brought})
        db.session.commit()


def _close_late(ended: Ended) -> None:
    """Cancel letters of the present village that were asked for while the deed ran. Commits each."""
    there = LifeEvent.details["destination"].astext == ended.target.full_name
    gone = select(LifeEvent.resident_id).where(LifeEvent.kind == LEFT_KIND, there)
    theirs = Resident.id.in_(gone) & (Resident.vital_status != codes.ALIVE)
    query = select(Letter.id).outerjoin(Resident, Resident.id == Letter.resident_id)
    query = query.where(Letter.state.in_(OPEN_STATES)).order_by(Letter.id)
    names = (ended.source.full_name, ended.target.full_name, ended.regulation)
    reason = reason_of(*names, everybody=ended.everybody)
    for letter_id in db.session.scalars(query if ended.everybody else query.where(theirs)).all():
        letter = held(letter_id)
        if letter.state in OPEN_STATES:
            letter.reason, details = in_clear(reason), {"deed": str(ended.deed_id)}
            letter.closed_at = moved(
                letter, "cancelled", by_kind="system", by_name="", note=reason, details=details, tell=False
            )
        db.session.commit()


def _cases(deed_id: uuid.UUID, subject: str, kind: str) -> Select[uuid.UUID]:
    """The cases of the present village that a deed took a step of this kind in."""
    mine = CaseStep.details["deed"].astext == str(deed_id)
    return select(CaseStep.subject_id).where(
        CaseStep.subject_kind == subject, CaseStep.kind == kind, mine
    )  # fmt: skip


def _people(deed_id: uuid.UUID, brought: set[uuid.UUID]) -> tuple[dict[uuid.UUID, _Told], int]:
    """What each account is told, and of how many letters nobody can be told: four selects."""
    people: dict[uuid.UUID, _Told] = defaultdict(_Told)
    unreached = 0
    own = (
        select(PortalAccount.id).where(PortalAccount.resident_id == Letter.resident_id).scalar_subquery()
    )  # fmt: skip
    letters = select(Letter.title, func.coalesce(Letter.account_id, own)).where(
        Letter.id.in_(_cases(deed_id, LETTER, "cancelled"))
    )
    for title, account_id in db.session.execute(letters.order_by(Letter.id)):
        if account_id is None:
            unreached += 1
        else:
            people[account_id].letters.append(title)
    complaints = select(Complaint.title, Complaint.account_id).where(
        Complaint.id.in_(_cases(deed_id, COMPLAINT, "rejected"))
    )
    for title, sender_id in db.session.execute(complaints.order_by(Complaint.id)):
        if sender_id is not None:
            people[sender_id].complaints.append(title)
    for owner_id in db.session.scalars(_cases(deed_id, ACCOUNT, GONE)):
        people[owner_id].account = CAME if owner_id in brought else GONE
    return people, unreached


def _tell(ended: Ended, people: dict[uuid.UUID, _Told]) -> None:
    """Tell accounts of the present village, in the open transaction, those who were not told before."""
    if not people:
        return
    vault = open_vault(for_writing=True, alone=True)
    known = _told_before(ended, PERSON)
    for account_id, told in people.items():
        if account_id not in known:
            values = {**_values(ended), "isi": _said(ended, told), "alamat": ended.address}
            notify(
                PERSON, recipient_ids=[account_id], values=values, subject_kind=SUBJECT,
                subject_id=ended.deed_id, vault=vault,
            )  # fmt: skip


def _tell_staff(ended: Ended, unreached: int) -> None:
    """Tell who deals with letters how much was ended, in the open transaction."""
    counts = ended.counts
    vault = open_vault(for_writing=True, alone=True)
    if not any(counts.values()) or _told_before(ended, STAFF):
        return
    values = {
        **_values(ended), "surat": number(counts["letters"]), "pengaduan": number(counts["complaints"]),
        "akun": number(counts["accounts"]), "akhir": number(counts["accounts_ended"]), "sisa": number(unreached),
    }  # fmt: skip
    notify(
        STAFF, permission="letters.process", values=values, subject_kind=SUBJECT, subject_id=ended.deed_id,
        vault=vault,
    )  # fmt: skip


def _told_before(ended: Ended, event: str) -> set[uuid.UUID]:
    """Who has this deed's message already: the job may run again."""
    query = select(Notification.recipient_id).where(
        Notification.event == event, Notification.subject_id == ended.deed_id
    )
    return set(db.session.scalars(query))


def _values(ended: Ended) -> dict[str, str]:
    names = {"asal": ended.source.full_name, "tujuan": ended.target.full_name}
    return {**names, "dasar": ended.regulation}


def _said(ended: Ended, told: _Told) -> str:
    """What one person is told, in Indonesian as all messages are."""
    parts = []
    if told.letters:
        parts.append(f"{_named(told.letters)} belum terbit dan dibatalkan; ajukan lagi di sana.")
    if told.complaints:
        parts.append(f"Pengaduan {_named(told.complaints)} ditutup tanpa jawaban; sampaikan lagi di sana.")
    if told.account == CAME:
        parts.append("Akun layanan mandiri Anda ikut: masuk di sana dengan NIK dan PIN yang sama.")
    elif told.account == GONE:
        parts.append("Akun layanan mandiri Anda yang lama berakhir; daftar lagi di sana.")
    if not ended.is_open:
        parts.append("Layanan di sana dibuka sesudah desa selesai disiapkan.")
    return " ".join(parts)


def _named(titles: list[str]) -> str:
    counted = Counter(titles)
    named = [f"{title} ({times})" if times > 1 else title for title, times in counted.items()]
    more = [f"{len(named) - MOST_NAMED} lainnya"] if len(named) > MOST_NAMED else []
    return ", ".join([*named[:MOST_NAMED], *more])
