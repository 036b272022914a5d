"""What a clerk does with an import: send a file, say what its columns are, apply it, take it back, give it up.

Each function is one deed and commits. The long work is done by jobs (see `jobs`); a deed that comes twice, or in
a state that does not allow it, raises `NotNow`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select

from app.core import audit
from app.core.privacy.masking import mask_numbers
from app.core.privacy.vault import open_vault
from app.core.spreadsheets import SpreadsheetRefused
from app.core.spreadsheets.reading import MAX_UPLOAD_BYTES, SUFFIXES
from app.core.spreadsheets.refusals import refusal
from app.core.village.errors import Invalid, Missing
from app.extensions import db
from app.government.residents.imports.columns import BY_NAME, MUST_HAVE
from app.government.residents.imports.mapping import health_columns, kept_by_heading, settled
from app.government.residents.imports.storing import KEPT_DAYS, all_lines, delete_parts, get_part, put_part
from app.government.residents.models import ImportRun
from app.government.residents.register.labels import HEALTH_FIELDS
from app.government.residents.register.services.checking import without_numbers
from app.government.residents.writing import today
from tenants import jobs, outbox
from tenants.ids import uuid7
from tenants.models import TenantJobRun, now

READ, CHECK, APPLY, UNDO = (
    "residents.import_read", "residents.import_check", "residents.import_apply", "residents.import_undo",
)  # fmt: skip
OLDEST_BALANCE = dt.date(1990, 1, 1)
LONGEST_NOTE = 300


class NotNow(RuntimeError):
    """The import's state does not allow this; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the job acts, and the log writes, in their name."""

    account_id: uuid.UUID
    name: str
    may_health: bool = False


def start_import(data: bytes, file_name: str, asker: Asker) -> uuid.UUID:
    """Keep an upload and have it read. Returns the import's id.

    Raises SpreadsheetRefused (empty, over 5 MB, a name of another format), StorageAway.
    """
    if not data:
        raise refusal("empty")
    if len(data) > MAX_UPLOAD_BYTES:
        raise refusal("upload")
    if not file_name.lower().endswith(SUFFIXES):
        raise refusal("other_name")
    vault = open_vault(for_writing=True)
    run = ImportRun(
        id=uuid7(),
        file_name=mask_numbers(_plain_name(file_name)),
        state="reading",
        key_id=vault.key_id,
        asked_by=asker.name,
    )
    db.session.add(run)
    db.session.flush()
    put_part(run.id, "upload", data, vault)
    audit.record("residents.import_sent", object_type="import", object_id=run.id, summary=run.file_name,
                 details={"bytes": len(data)})  # fmt: skip
    _work(run, READ, _("Membaca %(file)s", file=run.file_name), asker)
    return run.id


def choose_sheet(import_id: uuid.UUID, sheet: str, asker: Asker) -> None:
    """Read another sheet of the file. Raises Missing, NotNow."""
    run = _held(import_id, "mapping", "ready", "failed")
    run.state, run.error, run.counts = "reading", "", {}
    _work(run, READ, _("Membaca %(file)s", file=run.file_name), asker, sheet=sheet)


def choose_columns(import_id: uuid.UUID, chosen: Mapping[str, str], asker: Asker) -> None:
    """Say what each column is (column number → target) and have the rows checked.

    Raises Missing, NotNow, Invalid when a needed column is not chosen or two columns are the same.
    """
    run = _held(import_id, "mapping", "ready")
    table = get_part(run.id, "table", open_vault())
    if not asker.may_health:
        chosen = {**chosen, **_health_columns(table["header"], run.mapping.get("columns", {}))}
    names = [name for name in chosen.values() if name]
    twice = next((name for name in names if names.count(name) > 1 and name in BY_NAME), None)
    if twice:
        db.session.rollback()
        raise Invalid(
            "columns", _("“%(field)s” dipilih untuk dua kolom. Pilih satu saja.", field=BY_NAME[twice].words)
        )
    columns = settled(chosen, len(table["header"]))
    missing = [BY_NAME[name].words for name in MUST_HAVE if name not in columns.values()]
    if missing:
        db.session.rollback()
        raise Invalid("columns", _("Kolom untuk %(fields)s belum dipilih.", fields=", ".join(missing)))
    run.mapping = {
        **run.mapping,
        "columns": {str(number): name for number, name in columns.items()},
        "headings": kept_by_heading(table["header"], columns),
        "accepted": {},
    }
    run.state, run.counts = "checking", {}
    _work(run, CHECK, _("Memeriksa %(file)s", file=run.file_name), asker)


def accept_rows(
    import_id: uuid.UUID, shown: Collection[int], ticked: Collection[int], *, expected: int, asker: Asker
) -> None:
    """Say of the rows that were shown which ones really mean the person of the register, and have all rows checked.

    Args:
        shown: row numbers of the page, at most. ticked: those of them that are accepted.
        expected: the import's row version that the person saw.
    Raises:
        Missing, NotNow.
    """
    run = _held(import_id, "ready")
    if run.row_version != expected:
        db.session.rollback()
        raise NotNow(_("Impor ini baru saja diperiksa ulang. Lihat hasilnya sekali lagi."))
    keys = {line["n"]: line["key"] for line in all_lines(run.id, "doubt", open_vault())}
    accepted = dict(run.mapping.get("accepted", {}))
    for number in shown:
        accepted.pop(str(number), None)
        if number in ticked and number in keys:
            accepted[str(number)] = keys[number]
    run.mapping = {**run.mapping, "accepted": accepted}
    run.state, run.counts = "checking", {}
    _work(run, CHECK, _("Memeriksa %(file)s", file=run.file_name), asker)


def apply_import(
    import_id: uuid.UUID,
    *,
    happened_on: dt.date | None,
    make_areas: bool,
    note: str,
    expected: int,
    asker: Asker,
) -> None:
    """Have the plan that the person saw applied, as one transaction in a job.

    Args:
        happened_on: the day of the opening balance; today when not said.
        make_areas: make the areas that the file names and the village lacks.
        note: needed when rows are taken in spite of warnings.
        expected: the import's row version that the person saw.
    Raises:
        Missing, NotNow, Invalid.
    """
    run = _held(import_id, "ready")
    day = happened_on or today()
    wrong: Invalid | None = None
    if not OLDEST_BALANCE <= day <= today():
        wrong = Invalid("happened_on", _("Tanggal ini belum tiba atau terlalu lama."))
    elif run.counts.get("warned") and not note.strip():
        wrong = Invalid("note", _("Tulis catatan bahwa peringatannya sudah diperiksa."))
    elif hidden := is_hidden(run, asker.may_health):
        wrong = Invalid("happened_on", hidden)
    elif not any(run.counts.get(name) for name in ("new", "changed", "households_changed")):
        wrong = Invalid("happened_on", _("Tidak ada yang perlu diterapkan."))
    if wrong is not None:
        db.session.rollback()
        raise wrong
    if run.row_version != expected:
        db.session.rollback()
        raise NotNow(_("Impor ini baru saja diperiksa ulang. Lihat hasilnya sekali lagi."))
    run.state = "applying"
    _work(
        run,
        APPLY,
        _("Menerapkan %(file)s", file=run.file_name),
        asker,
        total=4,
        happened_on=day.isoformat(),
        make_areas=make_areas,
        note=without_numbers(note)[:LONGEST_NOTE],
    )


def is_hidden(run: ImportRun, may_health: bool) -> str:
    """Why this person may not apply the import: it holds what they are not shown. Empty when they may."""
    if may_health or not run.mapping.get("health"):
        return ""
    return str(_(
        "Impor ini diperiksa oleh orang yang boleh melihat data kesehatan, dan akun Anda tidak boleh melihatnya. Minta "
        "orang itu menerapkannya, atau ubah pilihan kolom supaya data kesehatan tidak ikut."))  # fmt: skip


def undo_import(import_id: uuid.UUID, asker: Asker) -> None:
    """Have everything that an import did taken back, if nothing newer stands in the way. Raises Missing, NotNow."""
    run = _held(import_id, "applied")
    run.state, run.error = "undoing", ""
    _work(run, UNDO, _("Membatalkan %(file)s", file=run.file_name), asker, total=4)


def cancel_import(import_id: uuid.UUID) -> None:
    """Give up an import that was not applied; what it kept is deleted. Raises Missing, NotNow."""
    run = _held(import_id, "mapping", "ready", "failed", "reading", "checking")
    run.state = "cancelled"
    delete_parts(run.id)
    audit.record("residents.import_cancelled", object_type="import", object_id=run.id, summary=run.file_name)
    db.session.commit()


def ask_again(import_id: uuid.UUID) -> None:
    """Ask once more for work that gave up. Raises Missing, NotNow."""
    run = _held(import_id, "reading", "checking", "applying", "undoing")
    job = db.session.get(TenantJobRun, run.job_id) if run.job_id else None
    if job is None or job.state != "failed":
        db.session.rollback()
        raise NotNow(_("Pekerjaan ini masih berjalan."))
    jobs.ask_again(job)
    db.session.commit()
    outbox.deliver_now(job.id)


def forget_old_imports() -> int:
    """Delete what imports older than a month keep (every night); returns how many. Commits."""
    old = now() - dt.timedelta(days=KEPT_DAYS)
    query = select(ImportRun).where(ImportRun.created_at < old, ImportRun.key_id != "")
    runs = list(db.session.scalars(query.with_for_update(skip_locked=True)))
    for run in runs:
        delete_parts(run.id)
        run.key_id = ""
        if run.state in ("reading", "mapping", "checking", "ready"):
            run.state = "cancelled"
    db.session.commit()
    return len(runs)


def _held(import_id: uuid.UUID, *states: str) -> ImportRun:
    """The import, locked until the transaction ends; nobody waits for whoever works on it. Raises Missing, NotNow."""
    query = select(ImportRun).where(ImportRun.id == import_id)
    run = db.session.scalars(query.with_for_update(skip_locked=True)).one_or_none()
    if run is None:
        exists = db.session.scalar(select(ImportRun.id).where(ImportRun.id == import_id)) is not None
        db.session.rollback()
        if exists:
            raise NotNow(_("Pekerjaan ini masih berjalan."))
        raise Missing(str(import_id))
    if run.state not in states:
        db.session.rollback()
        raise NotNow(_("Impor ini sudah berada di langkah lain. Muat ulang halamannya."))
    return run


def _work(run: ImportRun, name: str, label: str, asker: Asker, *, total: int = 0, **arguments: Any) -> None:
    """Ask for a job in the open transaction, commit, and hand it out at once."""
    job = jobs.start_run(
        name, label, total=total, asked_by=asker.name, import_id=str(run.id), account_id=str(asker.account_id),
        may_health=asker.may_health, locale=str(get_locale() or "id"), **arguments,
    )  # fmt: skip
    run.job_id = job.id
    run.row_version += 1
    db.session.commit()
    outbox.deliver_now(job.id)


def _health_columns(header: Sequence[str], columns: Mapping[str, str]) -> dict[str, str]:
    """What was guessed or remembered of columns that this person may not see: it stays for those who may."""
    known = settled(columns, len(header))
    return {
        str(number): name if (name := known.get(number, "")) in HEALTH_FIELDS else ""
        for number in health_columns(header, known)
    }


def _plain_name(name: str) -> str:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if sign.isprintable()).strip()[:120] or "berkas"


__all__ = ["Asker", "NotNow", "SpreadsheetRefused", "apply_import", "ask_again", "cancel_import", "choose_columns",
           "choose_sheet", "forget_old_imports", "start_import", "undo_import"]  # fmt: skip
