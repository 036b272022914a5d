"""What waits for people in the office: incoming letters and dispositions they are told of, and the head's digest."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import func, select

from app.core.capabilities import Task
from app.core.notifications import declare_event, notify
from app.core.notifications.digest import declare_digest_line
from app.core.notifications.people import members
from app.extensions import db
from app.government.letters.desk.queries import TO_ISSUE
from app.government.letters.models import OPEN_STATES, IncomingLetter, Letter
from app.government.letters.signing.queries import waiting_count
from tenants.models import now

TASKS = (
    Task(
        "letters_to_sign",
        waiting_count,
        lambda n: str(
            ngettext(
                "%(num)d surat menunggu tanda tangan Anda", "%(num)d surat menunggu tanda tangan Anda", n
            )
        ),
        "letter_signing.index",
        "letters.sign",
        "signature",
        order=10,
    ),
    Task(
        "letters_overdue",
        lambda: _overdue(),
        lambda n: str(
            ngettext("%(num)d surat melewati janji waktu", "%(num)d surat melewati janji waktu", n)
        ),
        "letters.index",
        "letters.process",
        "clock",
        order=20,
        is_late=True,
        args={"lihat": "terlambat"},
    ),
    Task(
        "letters_to_check",
        lambda: _count(Letter.state == "submitted"),
        lambda n: str(
            ngettext(
                "%(num)d permohonan surat perlu diperiksa", "%(num)d permohonan surat perlu diperiksa", n
            )
        ),
        "letters.index",
        "letters.process",
        "stamp",
        order=30,
        args={"lihat": "periksa"},
    ),
    Task(
        "letters_to_issue",
        lambda: _count(TO_ISSUE),
        lambda n: str(
            ngettext(
                "%(num)d surat disetujui kepala, siap dicetak",
                "%(num)d surat disetujui kepala, siap dicetak",
                n,
            )
        ),
        "letters.index",
        "letters.process",
        "printer",
        order=25,
        args={"lihat": "disetujui"},
    ),
    Task(
        "letters_to_dispose",
        lambda: _to_dispose(),
        lambda n: str(
            ngettext("%(num)d surat masuk menunggu disposisi", "%(num)d surat masuk menunggu disposisi", n)
        ),
        "incoming_letters.index",
        "letters.dispose",
        "inbox",
        order=40,
        args={"keadaan": "received"},
    ),
)
"""What may wait for staff, on their start page."""
_INCOMING = {"surat": "perihal dan pengirim; nomor agenda saja bila surat itu tidak terbuka"}


def declare_waiting() -> None:
    """Declare events and the lines of the digest (at start)."""
    declare_event(
        "incoming_letter.received", _l("Surat masuk baru"), "Surat masuk menunggu disposisi",
        "{surat} sudah dicatat dan menunggu disposisi.", ("in_app",), "staff", _INCOMING,
    )  # fmt: skip
    declare_event(
        "incoming_letter.disposed", _l("Disposisi untuk Anda"), "Disposisi untuk Anda",
        "Anda mendapat disposisi atas {surat}. Buka untuk membaca petunjuknya.", ("in_app", "email"), "staff",
        _INCOMING,
    )  # fmt: skip
    declare_digest_line(
        "letters.to_sign", _to_sign, lambda n: f"{n} surat menunggu tanda tangan Anda", order=10
    )
    declare_digest_line("letters.overdue", _overdue, lambda n: f"{n} surat melewati janji waktu", order=20)
    declare_digest_line(
        "letters.to_dispose", _to_dispose, lambda n: f"{n} surat masuk menunggu disposisi", order=30
    )


def told_of_incoming(letter: IncomingLetter) -> None:
    """Tell who gives dispositions that a letter came in, in the open transaction."""
    notify("incoming_letter.received", permission="letters.dispose", **_about(letter))


def told_of_disposition(letter: IncomingLetter, names: Collection[str]) -> None:
    """Tell the officials of these names who have an account here of a disposition, in the open transaction.

    Officials and accounts are different lists: they are the same person where the names are the same.
    """
    wanted = {name.casefold() for name in names}
    ids = [one.id for one in members() if one.name.casefold() in wanted]
    notify("incoming_letter.disposed", recipient_ids=ids, **_about(letter))


def _about(letter: IncomingLetter) -> dict[str, Any]:
    said = f"Surat masuk nomor agenda {letter.sequence}"
    if letter.secrecy == "open":
        said = f"{letter.subject} dari {letter.sender}"
    return {
        "values": {"surat": said},
        "subject_kind": "incoming_letter",
        "subject_id": letter.id,
        "link": f"/surat/masuk/{letter.id}",
    }


def _to_sign() -> int:
    return _count(Letter.state == "verified")


def _overdue() -> int:
    return _count(Letter.state.in_(OPEN_STATES), Letter.due_at < now())


def _to_dispose() -> int:
    return _count(IncomingLetter.state == "received")


def _count(*conditions: Any) -> int:
    """How many rows of the one table that the conditions name."""
    return int(db.session.scalar(select(func.count()).where(*conditions)) or 0)
