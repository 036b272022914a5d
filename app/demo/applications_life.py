"""The demo's applications: villages on their way, in every state, over the last weeks. People and words are invented.

What the registry says of a village stays as it is: whoever applied is given an application, whoever came lately the one
with which it came, and those that came to nothing are of villages that are still listed.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select

from app.core.files.services import store_bytes
from app.core.village.setup import KEYS as SET_UP_STEPS
from app.demo.accounts import MAIL_DOMAIN, phone_of
from app.demo.pictures import scan
from app.extensions import db
from app.province.onboarding.applications import links
from app.province.onboarding.applications.models import (
    OPEN_STATES,
    Application,
    ApplicationEvent,
    BlockedApplicant,
)
from app.province.onboarding.applications.services import LETTER_PURPOSE, WORD_KEYS
from app.province.onboarding.applications.steps import (
    ADDRESS,
    APPLICANT,
    IDENTITY,
    KEYS,
    SUMMARY,
    VILLAGE,
    next_step,
)
from app.province.onboarding.board.deciding import PROVISION
from app.province.onboarding.setup.models import VillageSetup
from app.province.onboarding.setup.telling import KIND as SET_UP
from tenants.ids import uuid7_at
from tenants.models import LIVE_STATES, PlatformJobRun, TenantRow, TenantState, now
from tenants.scope import platform_scope

OFFICERS = ("Ratna Dewi Puspita", "Agus Salim Siregar", "Yuliana Puspita Sari")
NAMES = (
    "Hermawan Saputra", "Dewi Lestari", "Suyanto", "Rina Marlina", "M. Iqbal Ramadhan", "Sulastri", "Eko Prasetyo",
    "Nurhayati", "Bambang Irawan", "Fitri Handayani", "Zainal Abidin", "Wahyuni", "Andi Setiawan", "Siti Maryam",
    "Rudi Hartono", "Yeni Kurniasih", "Sugeng Riyadi", "Lilis Suryani", "Taufik Hidayat", "Murni Asih",
)  # fmt: skip
ASKED_BACK = (
    "Surat tugas belum ditandatangani kepala desa. Mohon unggah ulang yang sudah ditandatangani dan distempel.",
    "Nama pada surat tugas berbeda dengan nama pendaftar. Mohon disamakan.",
    "Foto surat tugas buram sehingga nomornya tidak terbaca. Mohon foto ulang di tempat terang.",
)
REFUSED = (
    "Pendaftar tidak tercatat sebagai perangkat desa. Silakan kepala desa atau sekretaris yang mendaftar.",
    "Surat tugas dikeluarkan desa lain.",
)
NOTE = "Di surat keputusan tertulis disambung, mohon dicek."
OPENED = "live"
"""The last step of a set-up."""
BLOCKED = ("tawaran.situs@contoh.test", "Menawarkan jasa pembuatan situs atas nama beberapa desa.")
LATELY = dt.timedelta(days=75)
MOST_CAME = 36
GAVE_UP_AT = (APPLICANT, APPLICANT, IDENTITY, ADDRESS, SUMMARY, APPLICANT, VILLAGE)
"""After which step the drafts were left: most at the letter of assignment."""
LISTED_STATES = (
    ("draft", 7), ("confirming", 3), ("rejected", 3), ("withdrawn", 2), ("expired", 4),
)  # fmt: skip


STOPPED = "OperationalError: could not extend file: No space left on device"
"""Why the one preparation stopped that waits to be tried again."""


@dataclass(frozen=True, slots=True)
class Way:
    """What is told of one application: its village, its state, when it began, and (drafts) after which step it lies."""

    row: TenantRow
    state: str
    began: dt.datetime
    until: str = ""


def seed_applications(app: Flask) -> int:
    """Write the demo's applications; safe to run again. Outside of any scope; commits.

    Run it after `seed_setting_up`, so that the villages that are being set up have theirs too. Returns how many.
    """
    with app.app_context(), platform_scope():
        known = select(Application.id).where(Application.email.endswith(f"@{MAIL_DOMAIN}")).limit(1)
        if db.session.scalar(known) is not None:
            return 0
        chance = random.Random("applications")
        ways = list(_ways(chance))
        for number, way in enumerate(ways):
            _write(way, number, chance)
        email, reason = BLOCKED
        if db.session.scalar(select(BlockedApplicant.id).where(BlockedApplicant.value == email)) is None:
            db.session.add(BlockedApplicant(kind="email", value=email, reason=reason, blocked_by=OFFICERS[0]))
        db.session.commit()
        return len(ways)


def _ways(chance: random.Random) -> Iterator[Way]:
    moment = now()
    rows = _free_rows()
    applied = [row for row in rows if row.state == TenantState.APPLIED]
    for number, row in enumerate(applied):
        state = "returned" if number % 4 == 3 else "submitted"
        yield Way(row, state, moment - dt.timedelta(days=chance.uniform(1, 16)))
    for row in applied[:2]:
        yield Way(row, "outrun", moment - dt.timedelta(days=chance.uniform(0.1, 0.8)))
    for row in rows:
        if row.state == TenantState.APPROVED:
            yield Way(row, "approved", moment - dt.timedelta(days=chance.uniform(0.5, 2)))
        elif row.state == TenantState.PROVISIONED:
            yield Way(row, "provisioned", (row.provisioned_at or moment) - dt.timedelta(days=3.2))
    came = [row for row in rows if row.state in LIVE_STATES and row.live_at and row.live_at > moment - LATELY]
    for row in sorted(came, key=lambda one: (one.live_at or moment, one.code), reverse=True)[:MOST_CAME]:
        yield Way(row, "live", (row.live_at or moment) - dt.timedelta(days=chance.uniform(5, 15)))
    listed = [row for row in rows if row.state == TenantState.LISTED and row.software is None]
    chance.shuffle(listed)
    place = iter(listed)
    for state, count in LISTED_STATES:
        for turn, row in zip(range(count), place, strict=False):
            days = chance.uniform(34, 60) if state in ("expired", "rejected") else chance.uniform(0.5, 12)
            until = GAVE_UP_AT[turn % len(GAVE_UP_AT)] if state in ("draft", "expired") else ""
            yield Way(row, state, moment - dt.timedelta(days=days), until)


def _free_rows() -> list[TenantRow]:
    """Villages without an application, by code; those of a kelurahan too."""
    asked = select(Application.tenant_id).where(Application.tenant_id.is_not(None))
    return list(
        db.session.scalars(select(TenantRow).where(TenantRow.id.not_in(asked)).order_by(TenantRow.code))
    )


def _write(way: Way, number: int, chance: random.Random) -> None:
    row, began = way.row, way.began
    application = Application(
        id=uuid7_at(began), token_version=1, tenant_id=row.id, state="draft", created_at=began, answers={}, locale="id"
    )  # fmt: skip
    links.seal_address(application)
    db.session.add(application)
    db.session.flush()
    steps = _Steps(application, began)
    steps.state("draft")
    reached = KEYS.index(way.until) if way.until else len(KEYS)
    if reached >= KEYS.index(APPLICANT):
        _introduce(application, row, number, "lain" if way.state == "outrun" else "pendaftar")
        if way.until != APPLICANT:
            application.letter_file_id = _letter(row, number)
        steps.wait(chance.uniform(2, 7))
        steps.note("step", APPLICANT)
        steps.note("mail", "resume", "sent")
    if reached >= KEYS.index(IDENTITY):
        identity = {"words": {"term": row.term, **{key: row.words.get(key, "") for key in WORD_KEYS}}}
        note = NOTE if number % 11 == 5 else ""
        application.answers = {
            **application.answers, IDENTITY: {**identity, "postal_code": row.postal_code or "", "name_note": note}
        }  # fmt: skip
        steps.wait(chance.uniform(1, 3))
        steps.note("step", IDENTITY)
    if reached >= KEYS.index(ADDRESS):
        application.slug = row.slug
        application.answers = {**application.answers, ADDRESS: {"slug": row.slug}}
        steps.wait(chance.uniform(0.5, 2))
        steps.note("step", ADDRESS)
    _go_on(way, application, steps, chance)
    application.step = next_step(application)
    application.updated_at = steps.at
    if way.state in OPEN_STATES:
        db.session.flush()


def _go_on(way: Way, application: Application, steps: _Steps, chance: random.Random) -> None:
    """From the last step of the wizard to the state in which it stands today."""
    state, office = way.state, chance.choice(OFFICERS)
    if state == "draft":
        return
    if state == "expired":
        steps.wait(30 * 24 * 60)
        steps.state("expired")
        return
    steps.wait(chance.uniform(1, 4))
    application.confirm_number, application.confirm_asked_at = 1, steps.at
    steps.state("confirming")
    steps.note("mail", "confirm", "sent")
    if state == "confirming":
        return
    steps.wait(chance.uniform(3, 90))
    application.email_confirmed_at = steps.at
    steps.note("note", "email_confirmed")
    if state == "outrun":
        steps.state("outrun")
        steps.note("mail", "outrun", "sent")
        return
    application.submitted_at = steps.at
    steps.state("submitted")
    steps.note("mail", "submitted", "sent")
    if state == "submitted":
        return
    if state == "approved":
        steps.until(now() - dt.timedelta(minutes=chance.uniform(1, 20)))
    else:
        steps.wait(chance.uniform(60, 600))
    if state == "withdrawn":
        steps.state("withdrawn")
        return
    comments = {"returned": ASKED_BACK, "rejected": REFUSED}
    application.comment = chance.choice(comments[state]) if state in comments else ""
    application.decided_at, application.decided_by = steps.at, office
    steps.state(state if state in comments else "approved", office, application.comment)
    steps.note("mail", state if state in comments else "approved", "sent")
    if state == "approved":
        _stop_preparing(way.row, application, steps.at)
    if state in ("provisioned", "live"):
        steps.wait(1 / 60)
        application.provisioned_at = steps.at
        steps.state("provisioned")
        done = _set_up(way.row)
        for key, by in done.items():
            if key != OPENED:
                steps.wait(chance.uniform(4, 240))
                steps.note(SET_UP, key, by=by)
        if state == "live":
            steps.until(way.row.live_at)
            application.live_at = steps.at
            steps.state("live")
            if OPENED in done:
                steps.note(SET_UP, OPENED, by=done[OPENED])


def _stop_preparing(row: TenantRow, application: Application, at: dt.datetime) -> None:
    """A preparation that the board shows as failed, with its reason; trying again does it."""
    run = PlatformJobRun(
        name=PROVISION,
        label=f"{row.term} {row.name}",
        state="failed",
        total=1,
        attempts=4,
        arguments={"application_id": str(application.id), "village_id": str(row.id), "region_code": row.code},
        error=STOPPED,
        asked_by=application.decided_by,
        created_at=at,
        started_at=at,
        finished_at=at + dt.timedelta(seconds=40),
    )
    db.session.add(run)


def _set_up(row: TenantRow) -> dict[str, str]:
    """The steps of its set-up that a village did, by whom; dated here, before word of them comes by the outbox."""
    found = db.session.get(VillageSetup, row.id)
    known = found.steps if found else {}
    done = [key for key in SET_UP_STEPS if known.get(key, {}).get("state") == "done"]
    return {key: known[key].get("by", "") for key in done}


def _introduce(application: Application, row: TenantRow, number: int, mailbox: str) -> None:
    keys = ("secretary", "operator", "head")
    key = keys[number % len(keys)]
    titles = {"secretary": row.words.get("secretary"), "head": row.words.get("head")}
    application.applicant_name = NAMES[number % len(NAMES)]
    application.applicant_title = titles.get(key) or f"Operator {row.term}"
    application.phone = phone_of(f"{row.code}.{number}").replace("-", "").replace("0", "+62", 1)
    application.email = f"{mailbox}.{row.slug}@{MAIL_DOMAIN}"
    title = {"title_key": key, "title": application.applicant_title}
    application.answers = {**application.answers, APPLICANT: title}


def _letter(row: TenantRow, number: int) -> uuid.UUID:
    is_pdf = number % 3 != 0
    stored = store_bytes(
        scan(f"Surat Tugas {row.term} {row.name}", number, as_pdf=is_pdf),
        file_name=f"surat-tugas-{row.slug}.{'pdf' if is_pdf else 'jpg'}",
        media_type="application/pdf" if is_pdf else "image/jpeg",
        purpose=LETTER_PURPOSE,
    )
    return stored.id


class _Steps:
    """The dated steps of one application, one after the other and never in the future."""

    def __init__(self, application: Application, began: dt.datetime) -> None:
        self.application, self.at = application, began

    def wait(self, minutes: float) -> None:
        """Let some minutes pass."""
        self.at = min(self.at + dt.timedelta(minutes=minutes), now())

    def until(self, moment: dt.datetime | None) -> None:
        """Let time pass until a moment that is not over yet."""
        self.at = max(self.at, moment or self.at)

    def state(self, state: str, by: str = "", comment: str = "") -> None:
        """Come into a state."""
        self.note("state", state, comment, by)
        self.application.state, self.application.state_since = state, self.at

    def note(self, kind: str, key: str, note: str = "", by: str = "") -> None:
        """A dated step."""
        self.at += dt.timedelta(milliseconds=1)
        db.session.add(
            ApplicationEvent(
                id=uuid7_at(self.at), application_id=self.application.id, at=self.at,
                kind=kind, key=key, by=by, note=note,
            )
        )  # fmt: skip
