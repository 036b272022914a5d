"""What every recorded event has in common: locks, checks that stop it, the household that is left behind, the audit.

`Writing` takes the village's lock first, so deeds of a village come one by one and no two can wait for each other,
whatever rows they lock afterwards. What was read before is read anew under the lock, so whoever comes second is told
what the first one did.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from flask_babel import gettext as _
from sqlalchemy import and_, func, or_, select
from sqlalchemy.exc import IntegrityError

from app.core import audit
from app.core.privacy.masking import mask_personal
from app.core.ui.formats import date as spoken_date
from app.core.village.errors import Missing
from app.extensions import db
from app.government.residents import codes
from app.government.residents.derive import card_order, card_places, standing
from app.government.residents.events.kinds import STATE_CHANGING, kind_word, main_kind
from app.government.residents.models import OPEN_STATES, Household, LifeEvent, Resident
from app.government.residents.register.errors import Refused
from app.government.residents.register.rules import Finding, age_on, card_findings
from app.government.residents.register.services.checking import without_health_codes, without_numbers
from app.government.residents.writing import Writing, today

YOUNGEST_HEAD = 17
"""Below this age (and unmarried) a head of household is unusual: the age of the identity card, Law 24/2013 Art. 63."""
NAMES_IN_SUMMARY = 3
FORM_USED = "form_used"
"""Code of the finding that a form's id stands on another deed: the form needs a new one."""


def refuse(field: str, code: str, sentence: object) -> NoReturn:
    """Stop with one error about one field."""
    raise Refused([Finding("error", field, code, str(sentence))])


class Repeated(RuntimeError):
    """A form was sent twice: its deed stands already, under the id that the form was made with."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """When something happened and was reported (None: today), and the clerk's note that accepts warnings.

    `deed_id` is the id that the form was made with, so that a form that is sent twice is recorded once; `content` the
    `digest` of what it says, so that another one under its id is told that nothing was recorded.
    """

    happened_on: dt.date
    reported_on: dt.date | None = None
    note: str = ""
    deed_id: uuid.UUID | None = None
    content: str = ""


def digest(*said: Any) -> str:
    """What a form says, as one short text: equal for equal values. `said`: anything that has a fixed text."""
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


@contextmanager
def recording(kind: str, occasion: Occasion) -> Iterator[Deed]:
    """One deed in a transaction of its own: committed at the end of the block, rolled back on any error.

    Raises Refused: a day that has not come, or whatever the block or the register's unique numbers refuse; Repeated.
    """
    try:
        deed = Deed(kind, occasion)
        yield deed
        deed.finish()
    except IntegrityError as error:
        db.session.rollback()
        explain(error)
    except BaseException:
        db.session.rollback()
        raise


class Deed:
    """One event being recorded: `writing` writes; `homes` and `people` hold what is locked."""

    def __init__(self, kind: str, occasion: Occasion) -> None:
        happened_on, present = occasion.happened_on, today()
        self.kind, self.happened_on, self.note = kind, happened_on, without_numbers(occasion.note)
        self.reported_on = occasion.reported_on or present
        self.findings: list[Finding] = []
        self.homes: dict[uuid.UUID, Household] = {}
        self.people: dict[uuid.UUID, Resident] = {}
        self.summary: list[str] = []
        if happened_on > present:
            refuse("happened_on", "future", _("Tanggal peristiwa ini belum tiba. Periksa tahunnya."))
        if self.reported_on > present:
            refuse("reported_on", "future", _("Tanggal lapor ini belum tiba. Periksa tahunnya."))
        if self.reported_on < happened_on:
            refuse("reported_on", "before_event", _("Tanggal lapor lebih awal daripada tanggal peristiwa."))
        self.writing = Writing(happened_on, self.reported_on)
        self.content = occasion.content
        if occasion.deed_id is not None:
            self._claim(occasion.deed_id)

    def _claim(self, deed_id: uuid.UUID) -> None:
        """Take the form's id; of two requests with one form the second waits, then finds the first one's deed.

        Raises Repeated when that one said the same, Refused when it was another.
        """
        db.session.execute(select(func.pg_advisory_xact_lock(deed_id.int >> 65)))
        query = select(LifeEvent).where(LifeEvent.deed_id == deed_id).order_by(LifeEvent.id)
        lines = list(db.session.scalars(query))
        if lines:
            if not self.content or self._said_by(lines[0]) == self.content:
                raise Repeated(str(deed_id))
            kind = main_kind(line.kind for line in lines)
            own = next((line.resident_id for line in lines if line.kind == kind and line.resident_id), None)
            name = db.session.scalar(select(Resident.name).where(Resident.id == own)) if own else None
            sentence = _(
                "Formulir ini sudah dipakai untuk %(name)s (%(kind)s, %(date)s). Yang tertulis di sini belum disimpan. "
                "Periksa isinya, lalu tekan Catat sekali lagi.",
                name=name or _("sebuah keluarga"),
                kind=kind_word(kind).lower(),
                date=spoken_date(lines[0].happened_on),
            )
            refuse("", FORM_USED, sentence)
        self.writing.deed_id = deed_id

    def _said_by(self, line: LifeEvent) -> str:
        return str(self.writing.vault.open_json(line.box, f"life_event:{line.id}").get("form", ""))

    @property
    def id(self) -> uuid.UUID:
        """The deed's id, on all of its lines."""
        return self.writing.deed_id

    # -- locks --------------------------------------------------------------------------------------------------

    def hold(self, people: Collection[uuid.UUID] = (), homes: Collection[uuid.UUID | None] = ()) -> None:
        """Lock people, their households and those named, and all living members of these; raises Missing, Refused."""
        wanted = {home for home in homes if home is not None}
        if people:
            known = select(Resident.id, Resident.household_id).where(Resident.id.in_(people))
            seen = db.session.execute(known).all()
            if len(seen) != len(set(people)):
                raise Missing("resident")
            wanted |= {home for _id, home in seen if home is not None}
        member = and_(Resident.household_id.in_(wanted), Resident.vital_status == codes.ALIVE)
        self._hold_people(or_(Resident.id.in_(people), member))
        if wanted:
            query = select(Household).where(Household.id.in_(wanted)).order_by(Household.id).with_for_update()
            found = db.session.scalars(query.execution_options(populate_existing=True)).all()
            self.homes.update({home.id: home for home in found})
        if not wanted <= self.homes.keys():
            raise Missing("household")
        # Somebody may have joined while this waited for the household; nobody can any more.
        self._hold_people(and_(member, Resident.id.not_in(self.people)), wait=False)
        joined = set(db.session.scalars(select(Resident.id).where(member)))
        moved = any(self.people[one].household_id not in {None, *self.homes} for one in people)
        if moved or not joined <= self.people.keys():
            sentence = _("Keluarganya baru saja diubah orang lain. Muat ulang halaman ini, lalu coba lagi.")
            refuse("", "changed_meanwhile", sentence)

    def _hold_people(self, which: Any, *, wait: bool = True) -> None:
        query = select(Resident).where(which).order_by(Resident.id).with_for_update(skip_locked=not wait)
        held = db.session.scalars(query.execution_options(populate_existing=True)).all()
        self.people.update({person.id: person for person in held})

    def members(self, home_id: uuid.UUID | None, but: Collection[uuid.UUID] = ()) -> list[Resident]:
        """The living members of a locked household, in the order of its card."""
        found = [
            p
            for p in self.people.values()
            if home_id is not None
            and p.household_id == home_id
            and p.vital_status == codes.ALIVE
            and p.id not in but
        ]
        return sorted(found, key=card_order)

    def head(self, home_id: uuid.UUID | None) -> Resident | None:
        """The living head of a locked household."""
        members = self.members(home_id)
        return next((p for p in members if p.relation == codes.HEAD_OF_HOUSEHOLD), None)

    def places(
        self, home_id: uuid.UUID | None, people: Iterable[tuple[int | None, dt.date | None]]
    ) -> list[int]:
        """The places of people who join a locked household, by relation to its head and birth date."""
        return card_places(self.members(home_id), [standing(*one) for one in people])

    # -- checks -------------------------------------------------------------------------------------------------

    def wrong(self, field: str, code: str, sentence: object) -> None:
        """Note an error; `settle` stops on it."""
        self.findings.append(Finding("error", field, code, str(sentence)))

    def warn(self, field: str, code: str, sentence: object) -> None:
        """Note a warning; `settle` stops on it unless it was accepted with a note."""
        self.findings.append(Finding("warning", field, code, str(sentence)))

    def settle(self) -> None:
        """Go on only if there is no error, and no warning that was not accepted. Raises Refused."""
        if any(finding.is_error for finding in self.findings) or (self.findings and not self.note):
            raise Refused(self.findings)

    def check_alive(self, people: Iterable[Resident]) -> None:
        """Each of them lives here, was born before the event, and nothing newer is recorded of them."""
        found = list(people)
        for person in found:
            if person.vital_status != codes.ALIVE:
                self.wrong("happened_on", "not_alive", no_longer_here(person))
            self.check_born(person)
        self.settle_errors()
        self.check_order(found)

    def check_born(self, person: Resident) -> None:
        """The event does not lie before the person's birth."""
        if person.birth_date is None or self.happened_on >= person.birth_date:
            return
        born = spoken_date(person.birth_date)
        if self.kind == "death":
            sentence = _(
                "Tanggal meninggal lebih awal daripada tanggal lahir %(name)s (%(born)s).",
                name=person.name,
                born=born,
            )
        else:
            sentence = _(
                "%(name)s baru lahir pada %(born)s. Periksa tanggalnya.", name=person.name, born=born
            )
        self.wrong("happened_on", "before_birth", sentence)

    def check_order(self, people: Iterable[Resident]) -> None:
        """The event does not lie before the last one recorded of any of them (opening and corrections aside)."""
        names = {person.id: person.name for person in people}
        query = (
            select(LifeEvent.resident_id, LifeEvent.kind, LifeEvent.happened_on)
            .where(
                LifeEvent.resident_id.in_(names),
                LifeEvent.kind.in_(STATE_CHANGING),
                LifeEvent.undone_at.is_(None),
                LifeEvent.happened_on > self.happened_on,
                ~_reversed(),
            )
            .order_by(LifeEvent.happened_on.desc())
            .limit(1)
        )
        later = db.session.execute(query).first()
        if later:
            sentence = _(
                "Tanggal ini lebih awal daripada peristiwa terakhir %(name)s: %(kind)s pada %(date)s.",
                name=names[later.resident_id],
                kind=kind_word(later.kind).lower(),
                date=spoken_date(later.happened_on),
            )
            refuse("happened_on", "before_previous", sentence)

    def settle_errors(self) -> None:
        """Stop on errors now, keep warnings for later."""
        if any(finding.is_error for finding in self.findings):
            raise Refused(self.findings)

    def check_head(self, head: Resident, field: str) -> None:
        """Warn of a head of household who is very young and not married."""
        if head.birth_date is None or (head.marital_status or 1) != 1:
            return
        years = age_on(head.birth_date, self.happened_on)
        if years < YOUNGEST_HEAD:
            sentence = _(
                "%(name)s baru berumur %(years)s tahun. Kepala keluarga biasanya sudah berumur %(least)s tahun "
                "atau sudah kawin.",
                name=head.name,
                years=years,
                least=YOUNGEST_HEAD,
            )
            self.warn(field, "young_head", sentence)

    def check_number_free(self, person: Resident, field: str) -> None:
        """No other living resident holds the person's NIK."""
        if person.nik_index is None:
            return
        query = select(Resident.name).where(
            Resident.nik_index == person.nik_index,
            Resident.vital_status == codes.ALIVE,
            Resident.id != person.id,
        )
        holder = db.session.scalar(query.limit(1))
        if holder:
            self.wrong(
                field,
                "nik_taken",
                _(
                    "NIK %(name)s sekarang dipakai %(holder)s yang masih hidup. Perbaiki salah satunya dahulu.",
                    name=person.name,
                    holder=holder,
                ),
            )

    def check_card_free(self, kk: str, field: str = "kk", but: uuid.UUID | None = None) -> None:
        """No other household holds this card number; what is strange about a new card's number is warned of."""
        if but is None:
            found = card_findings(kk, today())
            self.findings += [Finding(f.level, field, f.code, f.sentence) for f in found]
        if kk and self.household_with(kk, but=but) is not None:
            sentence = _(
                "Nomor KK ini sudah dipakai keluarga lain. Gabungkan ke keluarga itu, atau periksa nomornya."
            )
            self.wrong(field, "kk_taken", sentence)

    def household_with(self, kk: str, but: uuid.UUID | None = None) -> uuid.UUID | None:
        """The household that holds a card number and that somebody may join."""
        query = select(Household.id).where(
            Household.kk_index == self.writing.vault.index("kk", kk), Household.state.in_(OPEN_STATES)
        )
        found = db.session.scalars(query).all()
        return next((home for home in found if home != but), None)

    # -- households ---------------------------------------------------------------------------------------------

    def choose_head(
        self, home: Household, leaving: Collection[uuid.UUID], new_head_id: uuid.UUID | None
    ) -> Resident | None:
        """Who becomes head when these leave a household: None when nobody must. Errors stand at `new_head_id`."""
        staying = self.members(home.id, but=leaving)
        head = self.head(home.id)
        gone = (head is not None and head.id in leaving) or (head is None and home.head_id in leaving)
        if not staying or not gone:
            return None
        chosen = next((person for person in staying if person.id == new_head_id), None)
        if chosen is None:
            if new_head_id is None:
                sentence = _("Kepala keluarga ikut dalam peristiwa ini. Pilih kepala keluarga yang baru.")
            else:
                sentence = _("Kepala keluarga yang baru harus anggota yang masih tinggal di keluarga ini.")
            self.wrong("new_head_id", "head_needed", sentence)
            return None
        self.check_head(chosen, "new_head_id")
        return chosen

    def leave_behind(self, home: Household, new_head: Resident | None, kind: str, state: str) -> None:
        """After people left a household: its new head takes over, or nobody is left and it ends (`kind`, `state`)."""
        if not self.members(home.id):
            if home.state == "active":
                self.writing.change_household(kind, home, {"state": state})
        elif new_head is not None:
            self.writing.change_resident("change_head", new_head, {"relation": codes.HEAD_OF_HOUSEHOLD})
            self.writing.change_household("change_head", home, {"head_id": new_head.id})

    # -- the end ------------------------------------------------------------------------------------------------

    def details(self, **more: Any) -> dict[str, Any]:
        """The details of a line: what is known, and the note with which warnings were accepted.

        They stand in clear, so numbers and contacts that somebody typed are masked; `private` is sealed as it is.
        """
        known = {name: _in_clear(value) for name, value in more.items() if value not in (None, "", {})}
        if self.note and any(not finding.is_error for finding in self.findings):
            known["note"] = self.note
            known["accepted"] = sorted({finding.code for finding in self.findings})
        return known

    def about(self, *names: str) -> None:
        """Whom the audit log names."""
        self.summary.extend(names)

    def finish(self) -> None:
        """Write the audit entry and commit; the deed's first line keeps, sealed, the digest of what the form said."""
        if self.content and self.writing.events:
            line, vault = self.writing.events[0], self.writing.vault
            kept = vault.open_json(line.box, f"life_event:{line.id}")
            line.box = vault.seal_json({**kept, "form": self.content}, f"life_event:{line.id}")
        shown = ", ".join(self.summary[:NAMES_IN_SUMMARY]) + (
            "…" if len(self.summary) > NAMES_IN_SUMMARY else ""
        )
        details: dict[str, Any] = {"happened_on": self.happened_on, "people": len(self.summary)}
        if self.note and self.findings:
            accepted = {"accepted": sorted({finding.code for finding in self.findings})}
            details |= {"note": self.note, **without_health_codes(accepted)}
        audit.record(
            f"life_event.{self.kind}",
            object_type="life_event",
            object_id=self.id,
            summary=shown,
            details=details,
        )
        self.writing.finish()


def _in_clear(value: Any) -> Any:
    """A detail as it may stand in clear; ids (as UUID) become text."""
    if isinstance(value, uuid.UUID):
        return str(value)
    return mask_personal(value) if isinstance(value, str) else value


def no_longer_here(person: Resident) -> str:
    """A sentence about somebody to whom nothing can happen here any more."""
    names: Mapping[str, Any] = {"name": person.name, "date": spoken_date(person.vital_on)}
    if person.vital_on is None and person.vital_status != codes.INVALID:
        sentence = _(
            "%(name)s tidak lagi tercatat hidup di sini (%(status)s).",
            name=person.name,
            status=codes.word("vital_status", person.vital_status).lower(),
        )
        return str(sentence)
    if person.vital_status == codes.DEAD:
        return str(_("%(name)s sudah tercatat meninggal pada %(date)s.", **names))
    if person.vital_status == codes.MOVED:
        return str(_("%(name)s sudah tercatat pindah pada %(date)s.", **names))
    if person.vital_status == codes.MISSING:
        return str(_("%(name)s sudah tercatat hilang sejak %(date)s.", **names))
    if person.vital_status == codes.LEFT:
        return str(_("%(name)s sudah tercatat pergi sejak %(date)s.", **names))
    return str(_("Data %(name)s sudah dibatalkan dan tidak berlaku lagi.", name=person.name))


def _reversed() -> Any:
    """Whether a line was answered by a reversal."""
    answer = LifeEvent.__table__.alias("answer")
    return (
        select(func.count())
        .select_from(answer)
        .where(answer.c.reverses_id == LifeEvent.id, answer.c.resident_id == LifeEvent.resident_id)
        .correlate(LifeEvent)
        .scalar_subquery()
        > 0
    )


def explain(error: IntegrityError) -> NoReturn:
    """Say which number somebody else took meanwhile, or that an area is gone; other integrity errors are ours."""
    text = str(error.orig)
    if "uq_resident_nik_index" in text:
        refuse("nik", "nik_taken", _("NIK ini baru saja dicatat untuk penduduk lain yang masih hidup."))
    if "uq_household_kk_index" in text:
        refuse("kk", "kk_taken", _("Nomor KK ini baru saja dicatat untuk keluarga lain."))
    if "sub_area_id" in text:
        refuse("sub_area_id", "area_gone", _("Wilayahnya sudah dihapus, jadi ini tidak dapat disimpan."))
    raise error
