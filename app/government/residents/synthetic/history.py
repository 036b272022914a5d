"""A village's last months, told backwards: people stand as they do today, and what brought them there is made up.

From the opening of the ledger to today there are births, deaths, moves, brides, new households and corrections at rates
that a village of Lampung has. Every line is dated, keeps what stood before and after, and counts as `writing` counts.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Any

from app.government.residents import codes
from app.government.residents.codes import HEAD_OF_HOUSEHOLD
from app.government.residents.synthetic import Settlement, shares
from app.government.residents.synthetic.chronicle import Chronicle, Line, Subject, counted, stem
from app.government.residents.synthetic.families import (
    CHILD,
    GRANDCHILD,
    IN_LAW,
    MARRIED,
    SINGLE,
    WIDOWED,
    WIFE,
    YEAR,
    Family,
    Person,
)

# A thousand people have so many of these in a year.
DEATHS, FAMILIES_GO, SINGLES_GO, FAMILIES_COME = 6.0, 1.6, 3.0, 3.2
SPLITS, AREAS_CHANGE, LEAVE, CORRECTED = 1.6, 1.2, 0.5, 22.0
PLACES = {
    1: ("Gunung Sari", "Sukamaju", "Tanjung Anom", "Kampung Baru"),
    2: ("Kec. Sumberejo", "Kec. Talang Padang", "Kec. Kota Agung", "Kec. Pugung"),
    3: ("Kab. Pringsewu", "Kab. Pesawaran", "Kota Bandar Lampung", "Kota Metro", "Kab. Lampung Tengah"),
    4: (
        "Prov. Banten",
        "Prov. Jawa Barat",
        "Prov. Jawa Tengah",
        "Prov. DKI Jakarta",
        "Prov. Sumatera Selatan",
    ),
}
"""By code of `codes.MOVE_TARGET`: where people go, and come from."""
PURPOSES = ("Bekerja", "Bekerja", "Ikut keluarga", "Berdagang", "Menggarap kebun", "Sekolah")
"""Why people come."""
DEATH_PLACES = ("Rumah", "Rumah", "RSUD", "Puskesmas", "Rumah sakit")


def extra_share(opened_on: dt.date, today: dt.date) -> float:
    """How many more people than today's are needed, so that some may have died or left since the opening."""
    years = (today - opened_on).days / YEAR
    return (DEATHS + 3.4 * FAMILIES_GO + SINGLES_GO + LEAVE / 2) / 1000 * years


class Historian:
    """Makes up the past of one settlement; each family has at most one story besides its births."""

    def __init__(self, settlement: Settlement, opened_on: dt.date, areas: Sequence[uuid.UUID]) -> None:
        self.chance = Random(
            f"history:{len(settlement.families)}:{opened_on}:{settlement.clerk.numbers.district}"
        )
        self.families, self.today, self.opened_on = settlement.families, settlement.today, opened_on
        self.numbers, self.areas = settlement.clerk.numbers, areas
        self.people = [person for family in self.families for person in family.members]
        self.years = (self.today - opened_on).days / YEAR
        self._entries: dict[int, Line] = {}
        self._later: list[Line] = []
        self._deeds = count(1)
        self._free: list[Family] = []

    def tell(self) -> Chronicle:
        """Make up everything; changes the settlement's people to how they stand today."""
        self._give_ids()
        self._open()
        young = {id(f) for f in self.families if any(p.born >= self.opened_on for p in f.members)}
        self._free = [f for f in self.families if id(f) not in young]
        self.chance.shuffle(self._free)
        self._deaths()
        self._departures()
        self._splits()
        self._changes_of_area()
        self._arrivals([f for f in self.families if id(f) in young])
        self._brides()
        self._departures_without_word()
        self._births()
        self._corrections()
        return Chronicle(self.families, self.people, self._ordered(), self.opened_on)

    # -- beginnings -----------------------------------------------------------------------------------------------

    def _give_ids(self) -> None:
        moment = stem(self.opened_on)
        for family in self.families:
            family.id = uuid.UUID(int=moment | self._below())
            family.values.update(state="active")
            for person in family.members:
                person.id = uuid.UUID(int=moment | self._below())
                person.values["household_id"] = family.id
            family.values["head_id"] = family.head.id

    def _below(self) -> int:
        return 7 << 76 | 2 << 62 | self.chance.getrandbits(74) & ~(0b1111 << 74) & ~(0b11 << 62)

    def _open(self) -> None:
        for family in self.families:
            deed = next(self._deeds)
            self._enter(family, "household_opening", self.opened_on, deed)
            for person in family.members:
                if person.born < self.opened_on:
                    new = person.values["residence_status"] != codes.PERMANENT
                    known = self._arrival(family) if new else {}
                    self._enter(person, "opening", self.opened_on, deed, **known)

    @staticmethod
    def _arrival(family: Family) -> dict[str, str]:
        """Where a family came from and why, the same whenever it is asked."""
        chance = Random(f"arrival:{family.id}")
        return {"origin": chance.choice(PLACES[chance.choice((2, 3, 4))]), "purpose": chance.choice(PURPOSES)}

    def _enter(self, subject: Subject, kind: str, on: dt.date, deed: int, **details: Any) -> Line:
        line = Line(
            kind,
            subject,
            None,
            on,
            self._reported(on, 0 if "opening" in kind else 20),
            deed,
            details=details,
        )
        self._entries[id(subject)] = line
        return line

    def _reported(self, on: dt.date, within: int) -> dt.date:
        return min(self.today, on + dt.timedelta(days=self.chance.randint(0, within)))

    def _some_day(self, since: dt.date | None = None, *, before_end: int = 3) -> dt.date:
        since = since or self.opened_on + dt.timedelta(days=3)
        days = max(0, (self.today - since).days - before_end)
        return since + dt.timedelta(days=self.chance.randint(0, days))

    def _count(self, rate: float) -> int:
        """How many of something that happens `rate` times a year among 1,000 people: about as many, by chance."""
        expected = rate * self.years * len(self.people) / 1000
        return max(0, round(self.chance.gauss(expected, expected**0.5 / 2)))

    def _change(
        self,
        subject: Subject,
        kind: str,
        on: dt.date,
        deed: int,
        *,
        reported: dt.date | None = None,
        details: dict[str, Any] | None = None,
        **after: Any,
    ) -> None:
        """Something that changes a subject on a day; it stands as `after` says from then on."""
        before = {
            name: subject.values.get(name, "" if isinstance(value, str) else None)
            for name, value in after.items()
        }
        subject.values.update(after)
        self._later.append(Line(kind, subject, None, on, reported or on, deed, before, after, details or {}))

    def _changed_from(
        self,
        subject: Subject,
        kind: str,
        on: dt.date,
        deed: int,
        details: dict[str, Any] | None = None,
        **before: Any,
    ) -> None:
        """Like `_change`, told from what stood before: today's values are those after it."""
        after = {
            name: subject.values.get(name, "" if isinstance(value, str) else None)
            for name, value in before.items()
        }
        self._later.append(
            Line(kind, subject, None, on, self._reported(on, 7), deed, before, after, details or {})
        )

    # -- stories --------------------------------------------------------------------------------------------------

    def _deaths(self) -> None:
        rates = [
            next(rate for age, rate in shares.MORTALITY if person.age < age)
            for f in self._free
            for person in f.members
        ]
        everyone = [(person, family) for family in self._free for person in family.members]
        told: set[int] = set()
        for _ in range(self._count(DEATHS)):
            person, family = self.chance.choices(everyone, rates)[0]
            if id(family) in told or (any(p.age < 17 for p in family.members) and len(family.members) < 3):
                continue
            told.add(id(family))
            on = self._some_day()
            deed, reported = next(self._deeds), self._reported(on, 25)
            details = {
                "place": self.chance.choice(DEATH_PLACES),
                "determined_by": self.chance.choice((1, 2, 2, 4)),
            }
            self._change(
                person,
                "death",
                on,
                deed,
                reported=reported,
                details=details,
                vital_status=codes.DEAD,
                vital_on=on,
            )
            self._later[-1].private = {"cause": self.chance.choices((1, 3, 6), (90, 6, 4))[0]}
            self._widow(person, family, on, deed, reported)
            self._leave_behind(family, [person], "household_closed", "dissolved", on, deed, reported)
        self._free = [family for family in self._free if id(family) not in told]

    def _widow(self, dead: Person, family: Family, on: dt.date, deed: int, reported: dt.date) -> None:
        left = dead.spouse
        if left is not None and left in family.members:
            because = {"because": "death"}
            self._change(
                left, "correction", on, deed, reported=reported, details=because, marital_status=WIDOWED
            )

    def _leave_behind(
        self,
        family: Family,
        gone: Sequence[Person],
        kind: str,
        state: str,
        on: dt.date,
        deed: int,
        reported: dt.date,
    ) -> None:
        staying = [person for person in family.members if person not in gone]
        if not staying:
            self._change(family, kind, on, deed, reported=reported, state=state)
        elif family.head in gone:
            spouse = family.head.spouse
            heir = (
                spouse
                if spouse in staying
                else max(staying, key=lambda p: (p.age >= 17, p.relation == CHILD, p.age))
            )
            self._change(heir, "change_head", on, deed, reported=reported, relation=HEAD_OF_HOUSEHOLD)
            self._change(family, "change_head", on, deed, reported=reported, head_id=heir.id)

    def _departures(self) -> None:
        for _ in range(self._count(FAMILIES_GO)):
            family = self._free.pop()
            self._go(family, family.members, self._some_day(), "household_moved_out", "left")
        movers = [
            (person, family)
            for family in self._free
            for person in family.members
            if person.relation == CHILD and person.marital == SINGLE and 18 <= person.age < 32
        ]
        gone: set[int] = set()
        for person, family in self.chance.sample(movers, min(len(movers), self._count(SINGLES_GO))):
            if id(family) not in gone:
                gone.add(id(family))
                self._go(family, [person], self._some_day(), "household_moved_out", "left")
        self._free = [family for family in self._free if id(family) not in gone]

    def _go(self, family: Family, people: Sequence[Person], on: dt.date, kind: str, state: str) -> None:
        deed, reported = next(self._deeds), self._reported(on, 12)
        target = self.chance.choices((1, 2, 3, 4), (24, 26, 28, 22))[0]
        details = {"target": target, "destination": self.chance.choice(PLACES[target])}
        for person in people:
            self._change(
                person, "move_out", on, deed, reported=reported, details=details, vital_status=codes.MOVED,
                vital_on=on,
            )  # fmt: skip
        self._leave_behind(family, people, kind, state, on, deed, reported)

    def _splits(self) -> None:
        """Young couples who had lived with his parents have a card of their own."""
        wanted, parents = self._count(SPLITS), []
        for family in self._free:
            head = family.head
            if head.sex == 1 and head.marital == MARRIED and 44 < head.age < 70 and len(family.members) < 6:
                parents.append(family)
        used: set[int] = set()
        for family in self._free:
            head = family.head
            if wanted == 0:
                break
            is_young = head.spouse is not None and head.age < 34 and head.father is None and head.sex == 1
            if not is_young or any(
                p.relation not in (HEAD_OF_HOUSEHOLD, WIFE, CHILD) for p in family.members
            ):
                continue
            host = next((f for f in parents if id(f) not in used and _may_be_parents(f, head)), None)
            if host is None:
                continue
            used |= {id(host), id(family)}
            wanted -= 1
            self._split(family, host)
        self._free = [family for family in self._free if id(family) not in used]

    def _split(self, family: Family, host: Family) -> None:
        on, deed = self._some_day(), next(self._deeds)
        family.head.father, family.head.mother = host.head, host.head.spouse
        family.head.values.update(father_name=host.head.name, mother_name=host.members[1].name)
        family.values["issued_on"] = on
        del self._entries[id(family)]
        self._enter(family, "household_formed", on, deed)
        self._entries[id(family)].reported_on = on
        relations = {HEAD_OF_HOUSEHOLD: CHILD, WIFE: IN_LAW, CHILD: GRANDCHILD}
        for order, person in enumerate(family.members, start=len(host.members) + 1):
            area = host.values["sub_area_id"]
            moved = {"sub_area_id": area} if area != person.values["sub_area_id"] else {}
            self._changed_from(
                person, "split", on, deed, household_id=host.id, household_order=order,
                relation=relations[person.relation], **moved,
            )  # fmt: skip
            self._later[-1].reported_on = on

    def _changes_of_area(self) -> None:
        if len(self.areas) < 2:
            return
        for _ in range(self._count(AREAS_CHANGE)):
            family = self._free.pop()
            area = self.chance.choice([a for a in self.areas if a != family.values["sub_area_id"]])
            on, deed = self._some_day(), next(self._deeds)
            self._changed_from(family, "move_area", on, deed, sub_area_id=area)
            for person in family.members:
                self._changed_from(person, "move_area", on, deed, sub_area_id=area)

    def _arrivals(self, young: list[Family]) -> None:
        """Families that came: those that are newcomers today came lately, some of the others became permanent."""
        new = [f for f in (*self._free, *young) if f.head.values["residence_status"] == codes.NEWCOMER]
        others = [f for f in (*self._free, *young) if f.head.values["residence_status"] == codes.PERMANENT]
        told = {id(family) for family in new}
        for family in new:
            self._arrive(family, self._some_day(self.today - dt.timedelta(days=200)), stays=False)
        for family in self.chance.sample(
            others, min(len(others), max(0, self._count(FAMILIES_COME) - len(new)))
        ):
            told.add(id(family))
            self._arrive(family, self._some_day(), stays=True)
        self._free = [family for family in self._free if id(family) not in told]
        self._young = [family for family in young if id(family) not in told]

    def _arrive(self, family: Family, on: dt.date, *, stays: bool) -> None:
        deed, far = next(self._deeds), self.chance.choices((1, 2, 3, 4), (22, 26, 28, 24))[0]
        known = self._arrival(family) | {"origin": self.chance.choice(PLACES[far])}
        settled = on + dt.timedelta(days=self.chance.randint(150, 260))
        was_new = stays and settled < self.today and self.chance.random() < 0.6
        later = next(self._deeds)
        self._enter(family, "household_moved_in", on, deed)
        for person in family.members:
            if person.born < on:
                self._enter(person, "move_in", on, deed, **known)
                if was_new:
                    before: dict[str, Any] = {"residence_status": codes.NEWCOMER}
                    self._changed_from(person, "change_residence", settled, later, **before)
            else:
                self._entries.pop(id(person), None)

    def _brides(self) -> None:
        """Wives who were married here since the opening came from elsewhere."""
        for family in (*self._free, *self._young):
            wife = family.head.spouse
            on = wife.values.get("married_on") if wife is not None else None
            if (
                wife is None
                or on is None
                or on <= self.opened_on + dt.timedelta(days=40)
                or wife.mother is not None
            ):
                continue
            came = min(self.today, on + dt.timedelta(days=3))
            if any(p.born <= came for p in family.members if p.mother is wife):
                continue
            deed, husband = next(self._deeds), family.head
            origin = self.chance.choice(PLACES[self.chance.randint(1, 4)])
            self._enter(wife, "move_in", came, deed, origin=origin, purpose="Ikut suami")
            self._changed_from(husband, "correction", came, deed, marital_status=SINGLE)

    def _departures_without_word(self) -> None:
        wanted = self._count(LEAVE)
        for family in self._free:
            grown = [p for p in family.members[1:] if p.age > 20 and p.relation == CHILD]
            if wanted == 0:
                break
            if not grown or any(id(p) not in self._entries for p in family.members):
                continue
            wanted -= 1
            person, on = self.chance.choice(grown), self._some_day(before_end=120)
            kind, status = ("left", codes.LEFT) if self.chance.random() < 0.8 else ("missing", codes.MISSING)
            self._change(
                person, kind, on, next(self._deeds), reported=self._reported(on, 40),
                vital_status=status, vital_on=on,
            )  # fmt: skip
            if self.chance.random() < 0.5:
                back = on + dt.timedelta(days=self.chance.randint(45, 110))
                alive: dict[str, Any] = {"vital_status": codes.ALIVE, "vital_on": None}
                self._change(person, "return", back, next(self._deeds), **alive)

    def _births(self) -> None:
        for family in self.families:
            for person in family.members:
                if id(person) in self._entries:
                    continue
                deed = next(self._deeds)
                mother = {"mother": str(person.mother.id)} if person.mother else {}
                line = self._enter(
                    person, "birth", person.born, deed, site=self.chance.choice((1, 2, 2, 3, 4)),
                    helper=self.chance.choice((1, 2, 2, 2, 3)), **mother,
                )  # fmt: skip
                given = person.born + dt.timedelta(days=self.chance.randint(40, 150))
                if person.values.get("nik") and given < self.today:
                    after = {"nik": person.values.pop("nik")}
                    self._change(
                        person, "correction", max(given, line.reported_on), next(self._deeds), **after
                    )

    def _corrections(self) -> None:
        told = {id(line.subject) for line in self._later}
        grown = [
            person
            for family in self.families
            for person in family.members
            if id(person) not in told and person.age > 20
        ]
        for person in self.chance.sample(grown, min(len(grown), self._count(CORRECTED))):
            entry = self._entries[id(person)]
            on = self._some_day(entry.reported_on, before_end=0)
            values = person.values
            before: dict[str, Any] = {}
            if values.get("phone"):
                before["phone"] = "" if self.chance.random() < 0.5 else self.numbers.phone()
            elif values["blood_type"] not in (None, 13):
                before["blood_type"] = 13
            elif values["occupation"] not in (None, 1):
                before["occupation"] = 1
            if before:
                self._changed_from(person, "correction", on, next(self._deeds), **before)
                self._later[-1].reported_on = on

    # -- the end ----------------------------------------------------------------------------------------------------

    def _ordered(self) -> list[Line]:
        """All lines in the order in which they happened, with cells and versions, and the entries' full values."""
        own: dict[int, list[Line]] = {}
        for line in self._later:
            own.setdefault(id(line.subject), []).append(line)
        found = []
        subjects: list[Subject] = [*self.families, *self.people]
        for subject in subjects:
            lines = sorted(own.get(id(subject), ()), key=lambda line: line.happened_on)
            first = dict(subject.values)
            for line in reversed(lines):
                first.update(line.before)
            entry = self._entries[id(subject)]
            entry.after = {name: value for name, value in first.items() if value not in (None, "")}
            found += list(counted(subject, first, [entry, *lines]))
        return sorted(found, key=lambda line: (line.reported_on, line.deed, isinstance(line.subject, Person)))


def _may_be_parents(family: Family, child: Person) -> bool:
    head, wife = family.head, family.head.spouse
    return (
        wife is not None
        and head.people is child.people
        and head.religion == child.religion
        and all(18 <= parent.age - child.age <= 40 for parent in (head, wife))
    )
