"""What the register knows of each person of a family, made consistent: schooling with age, work with schooling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import Any

from app.government.residents import codes
from app.government.residents.synthetic import shares
from app.government.residents.synthetic.families import (
    DIVORCED,
    MARRIED,
    SINGLE,
    WIDOWED,
    YEAR,
    Family,
    Person,
)
from app.government.residents.synthetic.names import FOREIGN, People, draw_name
from app.government.residents.synthetic.numbers import Numbers

FORGETTABLE = (
    "birth_place", "education", "occupation", "blood_type", "blood_type", "father_name", "father_name", "mother_name",
    "mother_name", "birth_date",
)  # fmt: skip


class Clerk:
    """Fills in the fields of a village's people, in the order in which families come."""

    def __init__(
        self,
        chance: Random,
        numbers: Numbers,
        mix: Sequence[tuple[People, float]],
        home_place: str,
        today: dt.date,
    ) -> None:
        self.chance, self.numbers, self.today, self.home_place = chance, numbers, today, home_place
        self._peoples = [people for people, _ in mix]
        self._weights = [weight for _, weight in mix]

    # -- who they are ---------------------------------------------------------------------------------------------

    def name(self, person: Person) -> None:
        """Give a person a people, a religion and a name, the parents before the child."""
        if person.values:
            return
        for parent in (person.father, person.mother):
            if parent is not None:
                self.name(parent)
        kin = person.father or person.mother
        partner = person.spouse
        if kin is not None:
            person.people, person.religion = kin.people, kin.religion
        elif partner is not None and partner.values and self.chance.random() < 0.8:
            person.people, person.religion = partner.people, partner.religion
        else:
            person.people = self.chance.choices(self._peoples, self._weights)[0]
            religions = person.people.religions
            person.religion = self.chance.choices([r for r, _ in religions], [w for _, w in religions])[0]
        if partner is not None and partner.values and self.chance.random() < 0.993:
            person.religion = partner.religion
        father = person.father.name if person.father else ""
        order = person.order if person.mother else self.chance.randrange(4)
        person.values["name"] = draw_name(
            self.chance, person.people, person.religion, person.sex, person.born.year, order, father
        )

    # -- the household --------------------------------------------------------------------------------------------

    def household(self, family: Family, area_id: Any, centre: tuple[float, float] | None) -> None:
        """Fill in a family and each of its members."""
        chance = self.chance
        head = family.head
        decile = chance.choices(*_split(shares.DECILES))[0]
        began = max(head.born.year + 17, 1998)
        year = chance.randint(min(began, self.today.year), self.today.year)
        issued = min(self.today, dt.date(year, chance.randint(1, 12), chance.randint(1, 28)))
        region = self.numbers.district if chance.random() < 0.93 else chance.choice(shares.ELSEWHERE)
        bad_house = 0.05 + max(0, 5 - decile) * 0.05
        family.values = {
            "kk": self.numbers.kk(region, issued),
            "address": f"{chance.choice(shares.STREETS)} No. {chance.randint(1, 120)}",
            "sub_area_id": area_id,
            "welfare_decile": decile if chance.random() < 0.94 else None,
            "welfare_class": min(5, 1 + (decile - 1) // 2) if chance.random() < 0.9 else None,
            "house_condition": 1
            if chance.random() > bad_house
            else chance.choices((2, 3, 4, 5), (50, 28, 12, 10))[0],
            "issued_on": issued,
        }
        place = _near(chance, centre) if centre and chance.random() < 0.9 else (None, None)
        insurance = self._insurance(decile)
        status = chance.choices((1, 2, 3), (97.6, 1.8, 0.6))[0]
        for order, person in enumerate(family.members, start=1):
            self.person(person, decile, insurance, status)
            person.values.update(
                household_order=order, relation=person.relation, sub_area_id=area_id,
                registered_address=family.values["address"], latitude=place[0], longitude=place[1],
            )  # fmt: skip
        self._some_oddities(family)

    def _insurance(self, decile: int) -> int:
        if self.chance.random() < 0.1:
            return 1
        if decile <= 4:
            return 2 if self.chance.random() < 0.85 else 4
        return self.chance.choices((2, 3, 4, 1, 99), (34, 38, 12, 14, 2))[0]

    # -- one person -----------------------------------------------------------------------------------------------

    def person(self, person: Person, decile: int, insurance: int, status: int) -> None:
        """Fill in one person's fields (those that do not follow from the household)."""
        chance, values = self.chance, person.values
        self.name(person)
        age = int(person.age)
        local = person.mother is not None or chance.random() < 0.68
        region = self.numbers.district if local else chance.choice(shares.ELSEWHERE)
        disability = codes.NOT_DISABLED
        if chance.random() < 0.008 + age * 0.00025:
            disability = chance.choices(*_split(shares.DISABILITIES))[0]
        education, schooling = self._schooling(person, age, disability)
        occupation = self._occupation(person, age, education, schooling)
        if occupation in (5, 6, 7, 64, 16, 17) or (occupation in (15, 65) and insurance == 1):
            insurance = 3
        values.update(
            sex=person.sex, birth_date=person.born, religion=person.religion, ethnic_group=person.people.name,
            birth_place=self.home_place if local else chance.choice(shares.BIRTH_PLACES),
            marital_status=person.marital, blood_type=chance.choices(*_split(shares.BLOOD))[0], education=education,
            schooling=schooling, occupation=occupation, nationality=1, residence_status=status, vital_status=1,
            disability=disability, illness=self._illness(age), insurance=insurance,
            father_name=person.father.name if person.father else self._parent_name(person, 1),
            mother_name=person.mother.name if person.mother else self._parent_name(person, 2),
        )  # fmt: skip
        if age >= 7:
            reads = 6 if education == 1 and age > 20 else (4 if person.religion == 1 else 1)
            values["reading"] = reads
        if chance.random() < (0.9 if age < 18 else 0.72 if age < 35 else 0.35 if age < 50 else 0.14):
            values["birth_certificate"] = (
                f"{self.numbers.district[:4]}-LT-{person.born:%d%m%Y}-{chance.randint(1, 120):04d}"
            )
        self._marriage(person)
        self._cards(person, age, region)
        self._contacts(person, age, insurance)

    def _schooling(self, person: Person, age: int, disability: int) -> tuple[int, int]:
        chance = self.chance
        if disability != codes.NOT_DISABLED and 7 <= age <= 17:
            return 2, 14 if disability == 2 else 15 if disability == 3 else 16
        if age < 7:
            return 1, 1 if age < 4 else 2 if chance.random() < 0.35 + 0.2 * (age - 4) else 1
        if age <= 12:
            return 2, 4 if chance.random() < 0.985 else 3
        if age <= 15:
            return (3, 6) if chance.random() < 0.94 else (3, 18)
        if age <= 18:
            return (4, 7) if chance.random() < 0.8 else (chance.choice((3, 4)), 18)
        if age <= 22 and person.marital == SINGLE and chance.random() < 0.17:
            return 5, chance.choices((10, 11), (1, 4))[0]
        weights = next(weights for year, weights in shares.EDUCATION if person.born.year < year)
        education = chance.choices(range(1, 11), weights)[0]
        if education >= 8 and age < 22:
            education = 5
        return education, 17 if education == 1 and chance.random() < 0.6 else 18

    def _occupation(self, person: Person, age: int, education: int, schooling: int) -> int:
        chance = self.chance
        if schooling in (4, 6, 7, 10, 11, 14, 15, 16):
            return 3
        if age < 15:
            return 1
        if age < 19:
            return chance.choices((1, 19, 9, 15), (55, 20, 15, 10))[0]
        if age > 62 and chance.random() < (age - 60) / 22:
            return 4 if education >= 7 else 1
        if person.sex == 2 and person.marital == MARRIED and chance.random() < 0.5:
            return 2
        if chance.random() < (0.3 if age < 23 else 0.05 if person.sex == 1 else 0.14):
            return 1
        work, weights = _WORK[person.sex]
        found = chance.choices(work, weights)[0]
        if (found in shares.OF_STUDY and education < 7) or (found in (6, 7) and (education < 5 or age > 58)):
            return 9
        if education >= 8 and found in (20, 19, 23) and chance.random() < 0.8:
            return 15
        return found

    def _illness(self, age: int) -> int:
        if self.chance.random() < (0.008 if age < 40 else 0.04 if age < 60 else 0.13):
            return self.chance.choices(*_split(shares.ILLNESSES))[0]
        return 14

    def _parent_name(self, person: Person, sex: int) -> str:
        return draw_name(self.chance, person.people, person.religion, sex, person.born.year - 27, 0)

    def _marriage(self, person: Person) -> None:
        chance, values = self.chance, person.values
        if person.marital == SINGLE:
            return
        partner = person.spouse
        if partner is not None and "married_on" in partner.values:
            for name in ("married_on", "marriage_certificate"):
                values[name] = partner.values.get(name)
            values["marriage_certificate"] = values["marriage_certificate"] or ""
        elif person.marital in (MARRIED, WIDOWED, DIVORCED) and chance.random() < 0.86:
            couple = [p for p in (person, partner) if p is not None]
            youngest = min(p.age for p in couple)
            years = max(0.3, youngest - chance.uniform(18, 25)) if youngest > 19 else 0.3
            if person.children or (partner and partner.children):
                oldest = max(c.age for p in couple for c in p.children)
                years = max(years, min(oldest + 0.9, youngest - 15.5))
            on = self.today - dt.timedelta(days=int(years * YEAR))
            values["married_on"] = on
            if chance.random() < 0.85:
                month = _ROMAN[on.month - 1]
                number = chance.randint(1, 420)
                is_islam = person.religion == 1
                values["marriage_certificate"] = (
                    f"{number}/{number % 60 + 1:02d}/{month}/{on.year}"
                    if is_islam
                    else f"{self.numbers.district[:4]}-KW-{on:%d%m%Y}-{number:04d}"
                )
        if person.marital == DIVORCED:
            since = values.get("married_on") or self.today - dt.timedelta(days=int((person.age - 20) * YEAR))
            left = max(1, (self.today - since).days)
            values["divorced_on"] = since + dt.timedelta(days=chance.randint(left // 2, left))
            if chance.random() < 0.8:
                on = values["divorced_on"]
                values["divorce_certificate"] = f"{chance.randint(1, 900):04d}/AC/{on.year}/PA.Tgm"
        if person.sex == 2 and person.marital == MARRIED and 15 <= person.age < 50:
            expecting = person.age < 42 and chance.random() < 0.045
            values["pregnant"] = expecting
            uses = not expecting and chance.random() < 0.62
            values["contraception"] = chance.choices(*_split(shares.CONTRACEPTION))[0] if uses else 100

    def _cards(self, person: Person, age: int, region: str) -> None:
        chance, values = self.chance, person.values
        if person.age >= 0.4 or chance.random() < 0.4 + person.age:
            if chance.random() < 0.996:
                values["nik"] = self.numbers.nik(region, person.sex, person.born)
            elif chance.random() < 0.5:
                values["nik"] = self.numbers.nik("0" + region[1:], person.sex, person.born)
        if age < 17:
            values["card"] = 3 if "nik" in values and chance.random() < 0.55 else 1
            values["card_status"] = 1
        elif chance.random() < (0.6 if age == 17 else 0.975):
            values["card"] = 2
            values["card_status"] = chance.choices((3, 4, 5, 6, 8), (30, 4, 3, 1, 62))[0]
        else:
            values["card"], values["card_status"] = 1, 2
        if values["card"] == 2 and chance.random() < 0.25:
            values["card_tag"] = f"{chance.getrandbits(32):08X}"

    def _contacts(self, person: Person, age: int, insurance: int) -> None:
        chance, values = self.chance, person.values
        if age >= 15 and chance.random() < (0.78 if age < 50 else 0.4):
            values["phone"] = self.numbers.phone()
            if age < 55 and chance.random() < 0.1:
                stem = ".".join(values["name"].lower().split()[:2])
                values["email"] = f"{stem}{chance.randint(1, 99)}@contoh.test"
        if insurance in (2, 3, 4) and chance.random() < 0.85:
            values["insurance_number"] = self.numbers.insurance()
        if age >= 18 and chance.random() < 0.012:
            values["passport"] = f"X{chance.randrange(10**6):06d}"
            values["passport_expires_on"] = self.today + dt.timedelta(days=chance.randint(-300, 3200))
        for name, parent in (("father_nik", person.father), ("mother_nik", person.mother)):
            if parent is not None and "nik" in parent.values and chance.random() < 0.8:
                values[name] = parent.values["nik"]

    # -- what no register is without --------------------------------------------------------------------------------

    def _some_oddities(self, family: Family) -> None:
        """A few fields that nobody filled in, a few who live elsewhere, now and then a foreign spouse."""
        chance = self.chance
        for person in family.members:
            values = person.values
            if chance.random() < 0.055:
                for name in chance.sample(FORGETTABLE, chance.choice((1, 1, 2))):
                    if name != "birth_date" or "nik" not in values:
                        values[name] = "" if name.endswith(("_place", "_name")) else None
            if chance.random() < 0.02 and person.age > 17:
                values["current_address"] = (
                    f"{chance.choice(shares.STREETS)} No. {chance.randint(1, 90)}, Pringsewu"
                )
        wife = family.head.spouse
        if wife is not None and wife.sex == 2 and wife.mother is None and chance.random() < 0.0006:
            _make_foreign(chance, wife, self.today)


def _make_foreign(chance: Random, person: Person, today: dt.date) -> None:
    values = person.values
    for name in ("nik", "card_tag", "insurance_number", "birth_certificate"):
        values.pop(name, None)
    values.update(
        name=chance.choice(FOREIGN[person.sex - 1]), nationality=2, ethnic_group="", card=1, card_status=1, insurance=1,
        birth_place=chance.choice(("JOHOR BAHRU", "MELAKA", "TAIPEI")), kitas=f"2D{chance.randrange(10**8):08d}",
        passport=f"A{chance.randrange(10**8):08d}", passport_expires_on=today + dt.timedelta(days=700),
    )  # fmt: skip


def _near(chance: Random, centre: tuple[float, float]) -> tuple[float, float]:
    """A place within a walk of the village's office (about 700 m, in degrees)."""
    return round(centre[0] + chance.gauss(0, 0.0058), 6), round(centre[1] + chance.gauss(0, 0.0062), 6)


def _split(pairs: Sequence[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    found = _SPLIT.get(id(pairs))
    if found is None:
        found = _SPLIT[id(pairs)] = (tuple(code for code, _ in pairs), tuple(weight for _, weight in pairs))
    return found


_SPLIT: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {}
_WORK = {
    1: (tuple(shares.WORK_MEN), tuple(shares.WORK_MEN.values())),
    2: (tuple(shares.WORK_WOMEN), tuple(shares.WORK_WOMEN.values())),
}
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
