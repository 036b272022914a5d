"""One letter type for many residents: letters are written down at once, a job issues them one after another.

Each letter is a row from the start and is issued in a transaction of its own. A job that is killed goes on where it
stopped: what has its number is left alone, so there is neither a double nor a gap.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from flask_babel import gettext as _
from sqlalchemy import Row, func, insert, select

from app.core import audit
from app.core.actors import Actor, acting_as, current_actor
from app.core.casework.models import CaseStep
from app.core.documents import DocumentFailed
from app.core.privacy.vault import open_vault
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.letters.desk.boxes import bound_to, in_clear, open_box
from app.government.letters.desk.content import Surroundings, make_ready, surroundings
from app.government.letters.desk.errors import NumberTaken, WrongValues
from app.government.letters.desk.issuing import drawn_and_set, store_final
from app.government.letters.desk.life import SUBJECT, held, moved, refresh
from app.government.letters.desk.requests import subject_of
from app.government.letters.markup import MarkupWrong
from app.government.letters.models import Letter
from app.government.letters.options import LetterOptions, letter_options
from app.government.letters.types import LetterKind, check_values, letter_type, with_people
from app.government.residents import codes
from app.government.residents.browse.filters import ResidentFilter
from app.government.residents.derive import is_anonymous
from app.government.residents.models import Resident
from app.government.residents.writing import today
from app.government.service.promise import due_at
from tenants import jobs, outbox
from tenants.ids import uuid7
from tenants.models import TenantJobRun, now

log = structlog.get_logger(__name__)

JOB = "letters.batch"
MOST = 2000
"""Letters of one batch."""
MOST_PAGES_LISTED = 100
EVERY = 20
"""After how many letters the progress is written down."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom a batch is for."""

    id: uuid.UUID
    name: str
    vital_status: int


@dataclass(frozen=True, slots=True)
class Shared:
    """What the letters of a batch have in common."""

    kind: LetterKind
    options: LetterOptions
    around: Surroundings


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch with what became of its letters."""

    run: TenantJobRun
    counts: Mapping[str, int]
    rows: Sequence[Row[Any]]

    @property
    def issued(self) -> int:
        """How many are issued (or handed to the head, where the village signs electronically)."""
        return sum(count for state, count in self.counts.items() if state not in ("submitted", "rejected"))


def residents_by_filter(chosen: ResidentFilter, most: int = MOST + 1) -> list[Chosen]:
    """The residents that a filter lets through, by name: one select."""
    columns: tuple[Any, ...] = (Resident.id, Resident.name, Resident.vital_status)
    query = chosen.apply(select(*columns))
    return [
        Chosen(*row) for row in db.session.execute(query.order_by(Resident.name, Resident.id).limit(most))
    ]


def residents_by_niks(niks: Sequence[str]) -> tuple[list[Chosen], int]:
    """The living residents of a list of NIKs in its order, and how many of them nobody has: one select."""
    vault = open_vault()
    wanted = list(dict.fromkeys(vault.index("nik", nik) for nik in niks))
    query = select(Resident.id, Resident.name, Resident.vital_status, Resident.nik_index).where(
        Resident.nik_index.in_(wanted), Resident.vital_status == codes.ALIVE
    )
    found = {
        bytes(row.nik_index): Chosen(row.id, row.name, row.vital_status) for row in db.session.execute(query)
    }
    return [found[index] for index in wanted if index in found], sum(index not in found for index in wanted)


def start_batch(
    type_code: str, resident_ids: Sequence[uuid.UUID], values: Mapping[str, Any], key: uuid.UUID
) -> uuid.UUID:
    """Write down one letter for each of many residents and ask for the job that issues them; returns its id. Commits.

    Args:
        type_code: of a type about living residents. resident_ids: at most MOST. values: the same fields for all.
        key: the form's; sent twice it gives the same batch.
    Raises:
        Missing: no such type. WrongValues. Invalid: nobody, too many, or somebody who isn't alive here.
    """
    vault = open_vault(for_writing=True, alone=True)
    if (known := _known(key)) is not None:
        db.session.rollback()
        return known
    kind = letter_type(type_code)
    if kind.about == "none":
        raise Missing("letter type")
    checked = check_values(kind, values)
    if not checked.is_valid:
        raise WrongValues(checked.errors)
    people = _people(resident_ids, kind)
    fields = with_people(kind, checked.values, vault)
    options, actor, at = letter_options(), current_actor(), now()
    due = due_at(at, options.promise_for(kind.code))
    run = jobs.start_run(
        JOB, kind.label, total=len(people), asked_by=actor.name if actor else "", key=str(key),
        account_id=str(actor.account_id) if actor else "",
    )  # fmt: skip
    rows, steps = [], []
    for one in people:
        letter_id = uuid7()
        rows.append(
            {
                "id": letter_id, "type_code": kind.code, "type_version": kind.version, "title": kind.title,
                "subject": subject_of(kind, fields, one.name), "classification": kind.classification,
                "state": "submitted", "origin": "batch", "resident_id": one.id, "holder_name": in_clear(one.name),
                "box": vault.seal_json({"fields": fields, "person": {}}, bound_to(letter_id)),
                "signing": options.signing, "batch_id": run.id, "recorded_by": actor.name if actor else "",
                "submitted_at": at, "due_at": due, "created_at": at, "updated_at": at,
                "search": f"{in_clear(one.name)} {kind.title}",
            }
        )  # fmt: skip
        steps.append(
            {
                "id": uuid7(), "subject_kind": SUBJECT, "subject_id": letter_id, "kind": "submitted", "at": at,
                "by_id": actor.account_id if actor else None, "by_name": actor.name if actor else "",
            }
        )  # fmt: skip
    db.session.execute(insert(Letter), rows)
    db.session.execute(insert(CaseStep), steps)
    audit.record(
        "letters.batch_started", object_type="letter_batch", object_id=run.id, summary=kind.title,
        details={"letter_type": kind.title, "count": len(people)},
    )  # fmt: skip
    db.session.commit()
    outbox.deliver_now(run.id)
    return run.id


@jobs.job(JOB, queue="bulk", timeout=1800)
def issue_batch(run_id: str, key: str, account_id: str, **_more: Any) -> dict[str, Any]:
    """Issue what a batch still has to issue, each letter in a transaction of its own."""
    batch_id = uuid.UUID(run_id)
    run = db.session.get(TenantJobRun, batch_id)
    total = run.total if run is not None else 0
    asker = Actor(uuid.UUID(account_id), run.asked_by or "", "") if run is not None and account_id else None
    open_ids = db.session.scalars(
        select(Letter.id).where(Letter.batch_id == batch_id, Letter.state == "submitted").order_by(Letter.id)
    ).all()
    db.session.rollback()
    done = max(0, total - len(open_ids))
    failed = 0
    with acting_as(asker):
        shared: Shared | None = None
        for number, letter_id in enumerate(open_ids, 1):
            if shared is None or number % EVERY == 0:
                jobs.report_progress(run_id, done + number - 1, total)
                shared = _shared(letter_id)
            failed += not _issue_one(letter_id, shared)
    jobs.report_progress(run_id, total, total)
    return {"issued": len(open_ids) - failed, "failed": failed}


def batch_view(run_id: uuid.UUID) -> BatchView:
    """A batch with its letters: three selects. Raises Missing."""
    run = db.session.get(TenantJobRun, run_id)
    if run is None or run.name != JOB:
        raise Missing("batch")
    counts = dict(
        db.session.execute(
            select(Letter.state, func.count()).where(Letter.batch_id == run_id).group_by(Letter.state)
        ).all()
    )
    columns: tuple[Any, ...] = (Letter.id, Letter.holder_name, Letter.number, Letter.state, Letter.reason)
    query = select(*columns)
    rows = db.session.execute(
        query.where(Letter.batch_id == run_id)
        .order_by(Letter.state.desc(), Letter.id)
        .limit(MOST_PAGES_LISTED)
    ).all()
    return BatchView(run, counts, rows)


def issued_ids(run_id: uuid.UUID) -> list[uuid.UUID]:
    """The letters of a batch that have their file, in the order of their numbers."""
    query = select(Letter.id).where(Letter.batch_id == run_id, Letter.state.in_(("issued", "collected")))
    return list(db.session.scalars(query.order_by(Letter.sequence)))


def _shared(letter_id: uuid.UUID) -> Shared:
    """Read what the letters of a batch share; anew now and then, so that a change in the village is not missed."""
    letter = db.session.get_one(Letter, letter_id)
    kind, options = letter_type(letter.type_code, active=False), letter_options()
    shared = Shared(kind, options, surroundings(today(), options, {kind.signer}))
    db.session.rollback()
    return shared


def _issue_one(letter_id: uuid.UUID, shared: Shared) -> bool:
    """Issue one letter of a batch, or say why not; True when it was issued. Commits."""
    vault = open_vault(for_writing=True)
    letter = held(letter_id)
    if letter.state != "submitted":
        db.session.rollback()
        return True
    try:
        refresh(letter, vault, shared.kind)
        if letter.signing != "wet":
            letter.verified_at = moved(letter, "verified", tell=False)
        else:
            ready = make_ready(letter, open_box(letter, vault), shared.around, kind=shared.kind)
            pdf = drawn_and_set(letter, ready, shared.options, vault, "")
            store_final(letter, pdf, vault=vault)
    except NumberTaken:
        return _issue_one(letter_id, shared)
    except (Invalid, Missing, DocumentFailed, MarkupWrong) as refused:
        db.session.rollback()
        _refuse(letter_id, _sentence(refused))
        return False
    db.session.commit()
    return True


def _sentence(refused: Exception) -> str:
    """Why a letter of a batch can't be made, for who reads the list."""
    if isinstance(refused, Missing):
        return str(_("Data penduduknya sudah tidak ada."))
    if isinstance(refused, MarkupWrong):
        return str(_("Isi jenis surat ini tidak dapat dibaca. Perbaiki isinya pada daftar jenis surat."))
    return str(refused)


def _refuse(letter_id: uuid.UUID, sentence: str) -> None:
    letter = held(letter_id)
    letter.reason = in_clear(sentence)
    letter.closed_at = moved(letter, "rejected", note=sentence, tell=False)
    db.session.commit()


def _people(resident_ids: Sequence[uuid.UUID], kind: LetterKind) -> list[Chosen]:
    """The residents of a batch in the order given, each once. Raises Invalid."""
    wanted = list(dict.fromkeys(resident_ids))
    if not wanted:
        raise Invalid("residents", str(_("Pilih paling sedikit satu penduduk.")))
    if len(wanted) > MOST:
        raise Invalid(
            "residents",
            str(
                _(
                    "Paling banyak %(most)s surat sekaligus. Saring lebih sempit, misalnya per wilayah.",
                    most=MOST,
                )
            ),
        )
    query = select(Resident.id, Resident.name, Resident.vital_status).where(Resident.id.in_(wanted))
    found = {row.id: Chosen(*row) for row in db.session.execute(query)}
    if any(one not in found or is_anonymous(found[one].name) for one in wanted):
        raise Invalid("residents", str(_("Ada penduduk yang sudah tidak ada di data. Pilih sekali lagi.")))
    gone = [found[one].name for one in wanted if found[one].vital_status != codes.ALIVE]
    if gone and kind.about == "living":
        raise Invalid(
            "residents",
            str(_("Tidak lagi dihitung sebagai penduduk: %(names)s.", names=", ".join(gone[:5]))),
        )
    return [found[one] for one in wanted]


def _known(key: uuid.UUID) -> uuid.UUID | None:
    query = select(TenantJobRun.id).where(
        TenantJobRun.name == JOB, TenantJobRun.arguments["key"].as_string() == str(key)
    )
    found: uuid.UUID | None = db.session.scalar(query)
    return found


def residents_by_ids(ids: Sequence[uuid.UUID]) -> list[Chosen]:
    """The residents of these ids that there are, in this order: one select."""
    query = select(Resident.id, Resident.name, Resident.vital_status).where(Resident.id.in_(list(ids)[:MOST]))
    found = {row.id: Chosen(*row) for row in db.session.execute(query)}
    return [found[one] for one in ids if one in found]


def ask_again(run_id: uuid.UUID) -> None:
    """Ask once more for a batch that failed; it goes on where it stopped. Commits. Raises Missing."""
    run = db.session.get(TenantJobRun, run_id)
    if run is None or run.name != JOB or run.state != "failed":
        raise Missing("batch")
    jobs.ask_again(run)
    db.session.commit()
    outbox.deliver_now(run.id)
