"""The registers of the population that every village keeps (Buku Administrasi Penduduk).

Regulation: Permendagri 47/2016 on village administration, annex, models B.1 to B.5. Columns, as the annex has them:

- B.1 Buku Induk Penduduk: number, full name, sex, marital status, place and date of birth, religion, last education,
  occupation, reading ability, nationality, full address, position in the family, NIK, KK number, remark.
- B.2 Buku Mutasi Penduduk: number, full name, place and date of birth, sex, nationality, added (came from, date), taken
  away (moved to, date; died at, date), remark. Births stand under "came from" as born.
- B.3 Buku Rekapitulasi Jumlah Penduduk: number, area; at the start of the month WNA and WNI by sex, families, family
  members (people who are no head: souls less families), souls; added: births, arrivals; taken away: deaths, departures,
  each WNA and WNI by sex; the same seven columns at the end; remark.
- B.4 Buku Penduduk Sementara: number, full name, sex in two columns, identity number, place and date of birth or age,
  occupation, nationality and descent, came from, purpose, whom and where they visit (here: where they live), date of
  coming, date of going, remark.
- B.5 Buku KTP dan KK: number, KK number, full name, NIK, sex, place and date of birth, blood type, religion, education,
  occupation, address, marital status, date of issue of the card, relation, nationality, father and mother, since when
  they live here, remark.

Who stands in a register at the end of a month follows from the ledger; what it says of them is what is known today.
"""

from __future__ import annotations

from app.government.residents.books.layout import Book
from app.government.residents.books.movements import MOVEMENTS, TEMPORARY
from app.government.residents.books.people import CARDS, INDUK
from app.government.residents.books.summary import SUMMARY

BOOKS: dict[str, Book] = {book.key: book for book in (INDUK, MOVEMENTS, SUMMARY, TEMPORARY, CARDS)}
"""All registers by key, in the order of the annex."""
