"""People put together into families: couples, their children, widows, elders who live with their children."""

from __future__ import annotations

import datetime as dt
import uuid
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Any

from app.government.residents.codes import HEAD_OF_HOUSEHOLD
from app.government.residents.synthetic import shares
from app.government.residents.synthetic.names import PEOPLES, People

YEAR = 365.2425
SINGLE, MARRIED, DIVORCED, WIDOWED = 1, 2, 3, 4
HUSBAND, WIFE, CHILD, IN_LAW, GRANDCHILD, PARENT, PARENT_IN_LAW, RELATIVE = 2, 3, 4, 5, 6, 7, 8, 9
YOUNGEST_MOTHER, OLDEST_MOTHER = 17.0, 42.0


@dataclass(slots=True, eq=False)
class Person:
    """Somebody to be: what families are made from, and later the register's `values`."""

    sex: int
    born: dt.date
    age: float
    marital: int = SINGLE
    relation: int = HEAD_OF_HOUSEHOLD
    order: int = 0
    spouse: Person | None = None
    father: Person | None = None
    mother: Person | None = None
    children: list[Person] = field(default_factory=list)
    room: int = 0
    people: People = PEOPLES["Jawa"]
    religion: int = 1
    values: dict[str, Any] = field(default_factory=dict)
    id: uuid.UUID | None = None

    @property
    def name(self) -> str:
        return str(self.values["name"])


@dataclass(slots=True, eq=False)
class Family:
    """A household to be: members in the order of the card, the head first."""

    members: list[Person]
    values: dict[str, Any] = field(default_factory=dict)
    id: uuid.UUID | None = None

    @property
    def head(self) -> Person:
        return self.members[0]


def families(chance: Random, size: int, today: dt.date) -> list[Family]:
    """`size` people of the province's ages in believable households, as of `today`."""
    people = [_born(chance, today) for _ in range(size)]
    grown = [p for p in people if p.age >= 17]
    couples = list(_couples(chance, grown))
    alone = [p for p in grown if p.marital in (DIVORCED, WIDOWED)]
    orphans = _give_parents(chance, [p for p in people if p.marital == SINGLE], couples, alone)
    homes = [[husband, wife, *_by_age(wife.children)] for husband, wife in couples]
    homes += [[person, *_by_age(person.children)] for person in alone]
    found = _live_together(chance, homes)
    _take_in(chance, found, orphans)
    for family in found:
        _set_relations(family)
    chance.shuffle(found)
    return found


def _born(chance: Random, today: dt.date) -> Person:
    band = bisect_left(_AGES_UP_TO, chance.random() * _AGES_UP_TO[-1])
    days = chance.random() * (5 * YEAR if band < len(_AGES_UP_TO) - 1 else 9 * YEAR) + band * 5 * YEAR
    # There are more men than women among the young, fewer among the old.
    sex = 1 if chance.random() < shares.MEN_SHARE + (0.004 if band < 12 else -0.045) else 2
    return Person(sex, today - dt.timedelta(days=int(days)), days / YEAR)


_AGES_UP_TO = tuple(accumulate(shares.AGE_BANDS))


def _share_of_married(person: Person) -> float:
    return next(share for age, share in shares.MARRIED[person.sex] if person.age < age)


def _couples(chance: Random, grown: list[Person]) -> Iterator[tuple[Person, Person]]:
    """Marry men and women of near ages; the others stay single, or are widowed or divorced by their age."""
    sides: dict[int, list[tuple[float, Person]]] = {1: [], 2: []}
    for person in grown:
        if chance.random() < _share_of_married(person):
            older = 3.5 if person.sex == 1 else 0.0
            sides[person.sex].append((person.age - older + chance.gauss(0, 1.6), person))
        else:
            _leave_alone(chance, person)
    men, women = (sorted(side, key=lambda pair: pair[0]) for side in (sides[1], sides[2]))
    longer, count = (men, len(men) - len(women)) if len(men) > len(women) else (women, len(women) - len(men))
    for index in sorted(chance.sample(range(len(longer)), count), reverse=True):
        _leave_alone(chance, longer.pop(index)[1])
    for (_, husband), (_, wife) in zip(men, women, strict=True):
        if not -9 < husband.age - wife.age < 24:
            _leave_alone(chance, husband)
            _leave_alone(chance, wife)
            continue
        husband.marital = wife.marital = MARRIED
        husband.spouse, wife.spouse = wife, husband
        wife.room = _room(chance, wife.age)
        yield husband, wife


def _leave_alone(chance: Random, person: Person) -> None:
    lately = person.age < shares.NEVER_MARRIED_AFTER
    if chance.random() < (max(0.0, (person.age - 24) / 90) if lately else 0.93):
        person.marital = DIVORCED if chance.random() < max(0.06, 1.0 - person.age / 62) else WIDOWED
        person.room = _room(chance, person.age) if person.sex == 2 else 0


def _room(chance: Random, age: float) -> int:
    """For how many children at home there is room: younger women have few yet, older ones had more."""
    return chance.choices((0, 1, 2, 3, 4, 5), (4, 22, 40, 23, 8, 3) if age < 45 else (2, 14, 32, 28, 15, 9))[
        0
    ]


def _give_parents(
    chance: Random, singles: list[Person], couples: list[tuple[Person, Person]], alone: list[Person]
) -> list[Person]:
    """Give the unmarried a mother at home who is 17 to 42 years older; return those for whom there is none."""
    mothers = sorted(
        [wife for _, wife in couples] + [person for person in alone if person.sex == 2],
        key=lambda mother: -mother.age,
    )
    ages = [-mother.age for mother in mothers]
    chance.shuffle(singles)
    left = []
    for child in singles:
        if child.age > 24 and chance.random() < (child.age - 24) / 30:
            left.append(child)
            continue
        wanted = child.age + min(OLDEST_MOTHER - 1, max(YOUNGEST_MOTHER + 1, chance.gauss(26.5, 5.2)))
        mother = _mother_near(mothers, bisect_left(ages, -wanted), child, 0) or (
            _mother_near(mothers, bisect_left(ages, -wanted), child, 3) if child.age < 20 else None
        )
        if mother is None:
            left.append(child)
            continue
        insort(mother.children, child, key=lambda c: -c.age)
        child.mother = mother
        if mother.spouse is not None and mother.spouse.age - child.age >= YOUNGEST_MOTHER:
            child.father = mother.spouse
    for mother in mothers:
        for order, child in enumerate(mother.children):
            child.order = order
    return left


def _mother_near(mothers: list[Person], middle: int, child: Person, more: int) -> Person | None:
    """The nearest woman by age who has room (and `more`), and no other child within eleven months."""
    for step in range(90):
        index = middle + (step // 2 if step % 2 else -step // 2)
        if not 0 <= index < len(mothers):
            continue
        mother = mothers[index]
        if len(mother.children) >= mother.room + more:
            continue
        if not YOUNGEST_MOTHER <= mother.age - child.age <= OLDEST_MOTHER:
            continue
        if all(abs(other.age - child.age) > 0.92 for other in mother.children):
            return mother
    return None


def _by_age(people: list[Person]) -> list[Person]:
    return sorted(people, key=lambda person: -person.age)


def _live_together(chance: Random, homes: list[list[Person]]) -> list[Family]:
    """Let old people live with a child, and some young couples with their parents: three generations in one house."""
    found = [Family(members) for members in homes]
    hosts = sorted((f for f in found if f.head.spouse is not None), key=lambda family: family.head.age)
    ages = [family.head.age for family in hosts]
    gone: set[int] = set()
    for family in sorted(found, key=lambda family: -family.head.age):
        head = family.head
        is_old = head.marital == WIDOWED and head.age > 58 and len(family.members) == 1
        is_young = head.spouse is not None and head.age < 36
        if not (is_old and chance.random() < 0.75) and not (is_young and chance.random() < 0.4):
            continue
        apart = chance.gauss(27, 4)
        wanted = head.age - apart if is_old else head.age + apart
        host = _host_near(hosts, bisect_left(ages, wanted), family, gone, old=is_old)
        if host is None:
            continue
        gone.add(id(family))
        host.members += family.members
        if is_old:
            _join_as_parent(chance, host, head)
        else:
            _join_as_child(chance, host, family)
    return [family for family in found if id(family) not in gone]


def _host_near(
    hosts: list[Family], middle: int, guest: Family, gone: set[int], *, old: bool
) -> Family | None:
    for step in range(60):
        index = middle + (step // 2 if step % 2 else -step // 2)
        if not 0 <= index < len(hosts):
            continue
        host = hosts[index]
        husband, wife = host.head, host.members[1]
        if host is guest or id(host) in gone or len(host.members) > 6 or _has_guests(host):
            continue
        if old and all(18 <= guest.head.age - person.age <= 41 for person in (husband, wife)):
            return host
        if not old and all(
            18 <= parent.age - person.age <= 41 for parent in (husband, wife) for person in guest.members[:2]
        ):
            return host
    return None


def _has_guests(family: Family) -> bool:
    return any(p.mother is not family.members[1] for p in family.members[2:])


def _join_as_parent(chance: Random, host: Family, elder: Person) -> None:
    child = host.head if chance.random() < 0.6 else host.members[1]
    elder.relation = PARENT if child is host.head else PARENT_IN_LAW
    if elder.sex == 1:
        child.father = elder
    else:
        child.mother = elder


def _join_as_child(chance: Random, host: Family, young: Family) -> None:
    husband, wife = young.members[:2]
    own, other = (husband, wife) if chance.random() < 0.55 else (wife, husband)
    own.father, own.mother = host.head, host.members[1]
    own.relation, other.relation = CHILD, IN_LAW
    for grandchild in young.members[2:]:
        grandchild.relation = GRANDCHILD


def _take_in(chance: Random, found: list[Family], orphans: list[Person]) -> None:
    """Children without a mother grow up with elders as grandchildren, or with relatives; adults live alone or there."""
    elders = [f for f in found if f.head.age > 48]
    hosts = [f for f in found if f.head.age > 30]
    for person in orphans:
        if person.age < 19 and elders:
            host = min((chance.choice(elders) for _ in range(6)), key=_misfit_for(person))
            person.relation = GRANDCHILD if host.head.age - person.age > 36 else RELATIVE
        elif hosts and chance.random() < 0.68:
            host = chance.choice(hosts)
            person.relation = RELATIVE
        else:
            found.append(Family([person]))
            continue
        host.members.append(person)


def _misfit_for(person: Person) -> Any:
    return lambda family: abs(family.head.age - person.age - 50) + 6 * len(family.members)


def _set_relations(family: Family) -> None:
    head = family.head
    for person in family.members:
        if person is head:
            person.relation = HEAD_OF_HOUSEHOLD
        elif person is head.spouse:
            person.relation = WIFE if person.sex == 2 else HUSBAND
        elif person.relation == HEAD_OF_HOUSEHOLD:
            person.relation = CHILD
