"""Numbers of invented people: NIK and KK numbers of the right shape, telephone numbers that nobody has."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random

PREFIXES = ("0812", "0813", "0821", "0822", "0852", "0853", "0857", "0858", "0878", "0895", "0896")


class Numbers:
    """Gives out numbers, each once. `district` is the kecamatan's six digits."""

    def __init__(self, chance: Random, district: str) -> None:
        self.district = district
        self._chance = chance
        self._given: Counter[str] = Counter()

    def nik(self, region: str, sex: int, born: dt.date) -> str:
        """16 digits: region of first issue, DDMMYY of birth (women DD+40), serial (Permendagri 109/2019)."""
        day = born.day + (40 if sex == 2 else 0)
        return self._numbered(f"{region}{day:02d}{born:%m%y}")

    def kk(self, region: str, issued: dt.date) -> str:
        """16 digits: region, DDMMYY of the card's first issue, serial."""
        return self._numbered(f"{region}{issued:%d%m%y}")

    def _numbered(self, stem: str) -> str:
        self._given[stem] += 1
        return f"{stem}{self._given[stem]:04d}"

    def phone(self) -> str:
        """A mobile number out of a range without subscribers (…-0000-…), as the register writes it."""
        return f"{self._chance.choice(PREFIXES)}-0000-{self._chance.randrange(10_000):04d}"

    def insurance(self) -> str:
        """13 digits like those on a BPJS card."""
        return f"000{self._chance.randrange(10**9, 4 * 10**9):010d}"
