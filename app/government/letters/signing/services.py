"""Signing letters: each in a transaction of its own, so that one that can't be signed holds up no other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core import audit
from app.core.actors import Actor, acting_as
from app.core.casework.steps import add_step
from app.core.documents import DocumentFailed
from app.core.files.storage import StorageAway
from app.core.privacy.vault import Vault, open_vault
from app.core.signing.bsre import SigningService, signing_service
from app.core.signing.errors import NotSigned, SigningAway, WrongPassphrase
from app.core.signing.inspecting import PdfUnreadable, signatures_in
from app.core.signing.keys import OpenedKey, nik_of, open_key, usable_key
from app.core.signing.models import SigningKey, SigningRun
from app.core.signing.runs import (
    TakenRun,
    begin_run,
    end_run,
    expire_late_runs,
    find_run,
    finished_run,
    note_result,
    take_run,
)
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.core.village.models import Official
from app.extensions import db
from app.government.letters.desk import services as desk
from app.government.letters.desk.errors import NumberTaken
from app.government.letters.desk.life import label_of, no_visitor, touched
from app.government.letters.markup import MarkupWrong
from app.government.letters.models import Letter
from app.government.letters.signing.queries import AT_ONCE
from tenants import outbox
from tenants.jobs import job
from tenants.scope import current_tenant

log = structlog.get_logger(__name__)

JOB = "letters.sign_by_bsre"
JOB_SECONDS = 900
STOPS_ALL = ("passphrase", "away", "expired", "not_registered", "service_login", "retired", "demo_only")
"""What would happen to every further letter too: they are not even tried."""


def sign_letters(
    letter_ids: Sequence[uuid.UUID],
    key_id: uuid.UUID,
    passphrase: str,
    *,
    seen: dict[uuid.UUID, int] | None = None,
) -> SigningRun:
    """Sign letters with one passphrase: at once with a certificate that lies here, else by the worker at BSrE.

    Args:
        letter_ids: at most AT_ONCE letters of this village that wait for a signature.
        key_id, passphrase: with what, and what opens it; the passphrase is neither kept nor logged.
        seen: row versions as the head saw them; a letter that changed since is not signed.
    Returns:
        The run; what became of each letter stands in `results`, or will, once the worker is done.
    Raises:
        Invalid: nothing was chosen. Missing. VisitorMayNot. WrongPassphrase, CertificateExpired, KeyUnusable,
        SigningAway: no letter was touched, with a sentence.
    """
    ids = _chosen(letter_ids)
    key = usable_key(key_id)
    if key.kind == "bsre":
        return _hand_to_bsre(ids, key, passphrase, seen or {})
    try:
        opened = open_key(key_id, passphrase)
    except WrongPassphrase:
        name = key.holder_name
        db.session.rollback()
        audit.record("signing_key.refused", object_type="signing_key", object_id=key_id, summary=name)
        db.session.commit()
        raise
    with force_locale("id"):
        results = {str(letter_id): _one(letter_id, opened, (seen or {}).get(letter_id)) for letter_id in ids}
    run = finished_run(key, ids, results)
    db.session.commit()
    return run


def approve_letters(
    letter_ids: Sequence[uuid.UUID], *, seen: dict[uuid.UUID, int] | None = None
) -> dict[uuid.UUID, str]:
    """The head agrees to letters from wherever they are: the office issues and prints them, ink follows.

    Returns for each letter an empty text, or the sentence why it waits. Raises Invalid, VisitorMayNot.
    """
    return _each(letter_ids, lambda letter_id: desk.approve(letter_id, (seen or {}).get(letter_id)))


def issue_for_ink(
    letter_ids: Sequence[uuid.UUID], *, seen: dict[uuid.UUID, int] | None = None
) -> dict[uuid.UUID, str]:
    """The head issues letters that are signed in ink: they get number and PDF at once, the office prints them.

    Returns for each letter an empty text, or the sentence why it waits. Raises Invalid, VisitorMayNot.
    """
    return _each(
        letter_ids, lambda letter_id: desk.issue(letter_id, (seen or {}).get(letter_id), signing="wet")
    )


def _each(letter_ids: Sequence[uuid.UUID], deed: Callable[[uuid.UUID], object]) -> dict[uuid.UUID, str]:
    said: dict[uuid.UUID, str] = {}
    for letter_id in _chosen(letter_ids):
        try:
            deed(letter_id)
            said[letter_id] = ""
        except Missing:
            db.session.rollback()
        except (Invalid, DocumentFailed) as problem:
            db.session.rollback()
            said[letter_id] = str(problem)
        except StorageAway:
            db.session.rollback()
            said[letter_id] = str(NotSigned("storage"))
        except (ChangedMeanwhile, MarkupWrong):
            db.session.rollback()
            said[letter_id] = str(NotSigned("changed"))
    return said


@job(JOB, queue="high", timeout=JOB_SECONDS)
def sign_by_bsre(signing_run: str, is_late: bool = False) -> None:
    """Have the letters of a run signed by the national service; a run is taken once and its passphrase used once.

    A worker that dies leaves letters that wait: the next try finds the run taken and only sets them free.
    """
    run_id = uuid.UUID(signing_run)
    taken = take_run(run_id, is_late=is_late)
    if taken is None:
        _set_free(run_id)
        return
    actor = Actor(account_id=taken.asked_by_id or run_id, name=taken.asked_by, email="")
    with acting_as(actor), force_locale("id"):
        _sign_all(taken)
    end_run(run_id)


def _sign_all(taken: TakenRun) -> None:
    stopped = ""
    service, nik, key = None, "", None
    try:
        key = usable_key(taken.key_id)
        service, nik = signing_service(), nik_of(key)
    except NotSigned as problem:
        stopped = problem.code
    if service is None and not stopped:
        stopped = "away"
    for letter_id in taken.subjects:
        if stopped or service is None or key is None:
            _waits(letter_id, taken.id, stopped)
            continue
        code = _one_at_bsre(letter_id, taken, service, nik, key)
        if code in STOPS_ALL:
            stopped = code


def _one_at_bsre(
    letter_id: uuid.UUID, taken: TakenRun, service: SigningService, nik: str, key: SigningKey
) -> str:
    """Number and set a letter, have it signed without a transaction open, and store it. Returns why not, or nothing."""
    place = current_tenant().name
    try:
        vault = open_vault(for_writing=True)
        letter = desk.held(letter_id)
        if not _is_in(letter, taken.id):
            db.session.rollback()
            return ""
        pdf = desk.draw_and_set(letter, key, vault=vault)
        _check_signer(letter, key)
        reason = _reason(letter)
        db.session.commit()
        signed = service.sign(pdf, nik, taken.passphrase, reason=reason, place=place)
        db.session.rollback()
        if not any(found.valid and found.covers_whole for found in signatures_in(signed)):
            raise NotSigned("service_refused")
        vault = open_vault(for_writing=True)
        letter = desk.held(letter_id)
        if not _is_in(letter, taken.id):
            db.session.rollback()
            return ""
        _finish(letter, signed, key, vault)
        note_result(taken.id, letter_id, {"result": "issued"})
        db.session.commit()
        return ""
    except Exception as problem:
        db.session.rollback()
        code = _code_of(problem)
        if code == "interrupted":
            log.exception("letter_not_signed", letter=str(letter_id))
        _waits(letter_id, taken.id, code)
        return code


def _one(letter_id: uuid.UUID, opened: OpenedKey, seen_version: int | None) -> dict[str, Any]:
    """Sign one letter with a certificate that lies here, in a transaction of its own; says what became of it."""
    try:
        vault = open_vault(for_writing=True)
        letter = desk.held(letter_id, seen_version)
        if letter.state != "verified":
            db.session.rollback()
            return {
                "result": "issued" if letter.state in ("issued", "collected") else "waits",
                "why": "changed",
            }
        pdf = desk.draw_and_set(letter, opened.key, vault=vault)
        _check_signer(letter, opened.key)
        signed = opened.sign(pdf, reason=_reason(letter), place=current_tenant().name)
        _finish(letter, signed, opened.key, vault)
        db.session.commit()
        return {"result": "issued"}
    except Missing:
        db.session.rollback()
        return {"result": "missing"}
    except Exception as problem:
        db.session.rollback()
        code = _code_of(problem)
        if code == "interrupted":
            log.exception("letter_not_signed", letter=str(letter_id))
        _note_problem(letter_id, code)
        return {"result": "waits", "why": code}


def _finish(letter: Letter, signed: bytes, key: SigningKey, vault: Vault) -> None:
    """Store the signed file, in the open transaction: the letter is issued."""
    letter.signing = "bsre" if key.kind == "bsre" else "local"
    letter.signing_key_id = key.id
    letter.details = {name: value for name, value in letter.details.items() if name != "signing_run"}
    desk.store_final(letter, signed, vault=vault)


def _hand_to_bsre(
    ids: Sequence[uuid.UUID], key: SigningKey, passphrase: str, seen: dict[uuid.UUID, int]
) -> SigningRun:
    """Approve the letters and ask the worker to have them signed."""
    if signing_service() is None:
        raise SigningAway
    if not passphrase:
        raise WrongPassphrase
    free_late_runs()
    open_vault(for_writing=True)
    letters = []
    for letter_id in sorted(ids):
        try:
            letter = desk.held(letter_id, seen.get(letter_id))
        except (Missing, ChangedMeanwhile):
            continue
        if letter.state == "verified":
            letters.append(letter)
    if not letters:
        db.session.rollback()
        raise Invalid("letters", _("Surat yang dipilih sudah tidak menunggu tanda tangan."))
    run, entry = begin_run(key, [letter.id for letter in letters], passphrase, job_name=JOB)
    for letter in letters:
        letter.signing, letter.signing_key_id = "bsre", key.id
        letter.details = {
            **{name: value for name, value in letter.details.items() if name != "signing_error"},
            "signing_run": str(run.id),
        }
        letter.approved_at = desk.moved(letter, "approved", tell=False)
    db.session.commit()
    outbox.deliver_now(entry)
    return run


def free_late_runs() -> int:
    """Empty the passphrases that no worker took in their five minutes; their letters wait for the head again. Commits.

    One select where there are none. Returns how many runs were over.
    """
    late = expire_late_runs()
    for run_id in late:
        _set_free(run_id)
    return len(late)


def _set_free(run_id: uuid.UUID) -> None:
    """Letters of a run that is over without them wait again."""
    try:
        run = find_run(run_id)
    except Missing:
        return
    if run.state in ("failed", "expired"):
        for one in list(run.subjects):
            if one not in run.results:
                _waits(uuid.UUID(one), run_id, run.error)


def _waits(letter_id: uuid.UUID, run_id: uuid.UUID, code: str) -> None:
    """A letter was not signed by the service: it waits for the head as before, and keeps its number. Commits."""
    try:
        letter = desk.held(letter_id)
    except Missing:
        db.session.rollback()
        return
    if _is_in(letter, run_id):
        letter.state, letter.approved_at = "verified", None
        details = {name: value for name, value in letter.details.items() if name != "signing_run"}
        letter.details = {**details, "signing_error": code}
        touched(letter)
        add_step(
            desk.SUBJECT, letter.id, "not_signed", by_kind="system", is_public=False, details={"why": code}
        )
        audit.record(
            "letter.not_signed", object_type="letter", object_id=letter.id, summary=label_of(letter),
            details={"why": code},
        )  # fmt: skip
        note_result(run_id, letter_id, {"result": "waits", "why": code})
    db.session.commit()


def _note_problem(letter_id: uuid.UUID, code: str) -> None:
    """Note with a waiting letter why it was not signed; commits."""
    try:
        letter = desk.held(letter_id)
    except Missing:
        db.session.rollback()
        return
    if letter.state == "verified":
        letter.details = {**letter.details, "signing_error": code}
    db.session.commit()


def _code_of(problem: Exception) -> str:
    """The code that is kept for a problem; `interrupted` for one that nobody foresaw."""
    if isinstance(problem, NotSigned):
        return problem.code
    if isinstance(problem, ChangedMeanwhile):
        return "changed"
    if isinstance(problem, StorageAway):
        return "storage"
    if isinstance(problem, DocumentFailed | MarkupWrong | Missing):
        return "document"
    if isinstance(problem, PdfUnreadable):
        return "service_refused"
    if isinstance(problem, NumberTaken):
        return "changed"
    if isinstance(problem, Invalid):
        return "died"
    return "interrupted"


def _check_signer(letter: Letter, key: SigningKey) -> None:
    """Raise NotSigned when the letter names another signer than the key's official, or whom that one stands in for."""
    if letter.signer_id is None or key.official_id in (None, letter.signer_id):
        return
    official = db.session.get(Official, key.official_id)
    if official is None or official.signs_for_id != letter.signer_id:
        raise NotSigned("other_signer")


def _is_in(letter: Letter, run_id: uuid.UUID) -> bool:
    return letter.state == "approved" and letter.details.get("signing_run") == str(run_id)


def _reason(letter: Letter) -> str:
    return f"{letter.title} {letter.number}"


def _chosen(letter_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    no_visitor()
    ids = list(dict.fromkeys(letter_ids))
    if not ids:
        raise Invalid("letters", _("Pilih dahulu surat yang hendak ditandatangani."))
    if len(ids) > AT_ONCE:
        raise Invalid("letters", _("Paling banyak %(most)s surat sekaligus.", most=AT_ONCE))
    return ids
