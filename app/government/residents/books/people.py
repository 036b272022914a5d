"""Buku Induk Penduduk (model B.1) and Buku KTP dan KK (model B.5): who lives here, at the end of a month."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.government.residents import codes
from app.government.residents.books.layout import Book, BookColumn, Choice, Found, Line, Reading
from app.government.residents.books.standing import (
    Numbers,
    Words,
    address_of,
    came_on,
    read_standing,
    sex_letter,
)

_BORN = _l("Tempat dan tanggal lahir")
_PARENTS = _l("Orang tua")


def read_induk(choice: Choice, reading: Reading) -> Found:
    """Lines of the Buku Induk Penduduk."""
    people, count = read_standing(choice, reading)
    numbers, words = Numbers(reading.vault, clear=reading.clear), Words()
    lines: list[Line] = [
        [
            at,
            person.name,
            sex_letter(person),
            words("marital_status", person.marital_status),
            person.birth_place,
            person.birth_date,
            words("religion", person.religion),
            words("education", person.education),
            words("occupation", person.occupation),
            words("reading", person.reading),
            words("nationality", person.nationality),
            address_of(person, reading),
            words("relation", person.relation),
            numbers.nik(person),
            numbers.kk(person),
            _remark(person.residence_status, words),
        ]
        for at, person in enumerate(people, start=reading.offset + 1)
    ]
    return Found(lines, count)


def read_cards(choice: Choice, reading: Reading) -> Found:
    """Lines of the Buku KTP dan KK."""
    people, count = read_standing(choice, reading)
    since = came_on(None if reading.limit is None else [person.id for person in people])
    numbers, words = Numbers(reading.vault, clear=reading.clear), Words()
    lines: list[Line] = [
        [
            at,
            numbers.kk(person),
            person.name,
            numbers.nik(person),
            sex_letter(person),
            person.birth_place,
            person.birth_date,
            words("blood_type", person.blood_type),
            words("religion", person.religion),
            words("education", person.education),
            words("occupation", person.occupation),
            address_of(person, reading),
            words("marital_status", person.marital_status),
            person.issued_on,
            words("relation", person.relation),
            words("nationality", person.nationality),
            person.father_name,
            person.mother_name,
            since.get(person.id),
            ", ".join(
                part for part in (words("card", person.card), _remark(person.residence_status, words)) if part
            ),
        ]
        for at, person in enumerate(people, start=reading.offset + 1)
    ]
    return Found(lines, count)


def _remark(residence_status: int, words: Words) -> str:
    return "" if residence_status == codes.PERMANENT else words("residence_status", residence_status)


INDUK = Book(
    key="induk",
    model="B.1",
    title=_l("Buku Induk Penduduk"),
    short=_l("Induk"),
    about=_l("Semua penduduk yang tercatat pada akhir bulan, keluarga demi keluarga."),
    columns=(
        BookColumn(_l("No."), shape="number", width=4),
        BookColumn(_l("Nama lengkap/panggilan"), width=19),
        BookColumn(_l("Jenis kelamin"), width=5),
        BookColumn(_l("Status perkawinan"), width=9),
        BookColumn(_l("Tempat"), (_BORN,), width=11),
        BookColumn(_l("Tanggal"), (_BORN,), "date", 9),
        BookColumn(_l("Agama"), width=7),
        BookColumn(_l("Pendidikan terakhir"), width=10),
        BookColumn(_l("Pekerjaan"), width=11),
        BookColumn(_l("Dapat membaca huruf"), width=8),
        BookColumn(_l("Kewarganegaraan"), width=10),
        BookColumn(_l("Alamat lengkap"), width=17),
        BookColumn(_l("Kedudukan dalam keluarga"), width=9),
        BookColumn(_l("NIK"), width=15),
        BookColumn(_l("Nomor KK"), width=15),
        BookColumn(_l("Keterangan"), width=8),
    ),
    read=read_induk,
)

CARDS = Book(
    key="ktp-kk",
    model="B.5",
    title=_l("Buku KTP dan KK"),
    short=_l("KTP dan KK"),
    about=_l("KTP dan kartu keluarga setiap penduduk: nomor, orang tua, dan sejak kapan tinggal di sini."),
    columns=(
        BookColumn(_l("No."), shape="number", width=4),
        BookColumn(_l("Nomor KK"), width=15),
        BookColumn(_l("Nama lengkap"), width=18),
        BookColumn(_l("NIK"), width=15),
        BookColumn(_l("Jenis kelamin"), width=5),
        BookColumn(_l("Tempat"), (_BORN,), width=10),
        BookColumn(_l("Tanggal"), (_BORN,), "date", 9),
        BookColumn(_l("Golongan darah"), width=6),
        BookColumn(_l("Agama"), width=6),
        BookColumn(_l("Pendidikan"), width=9),
        BookColumn(_l("Pekerjaan"), width=10),
        BookColumn(_l("Alamat"), width=15),
        BookColumn(_l("Status perkawinan"), width=8),
        BookColumn(_l("KK dikeluarkan tanggal"), shape="date", width=9),
        BookColumn(_l("Status hubungan keluarga"), width=8),
        BookColumn(_l("Kewarganegaraan"), width=10.5),
        BookColumn(_l("Ayah"), (_PARENTS,), width=12),
        BookColumn(_l("Ibu"), (_PARENTS,), width=12),
        BookColumn(_l("Mulai tinggal di sini"), shape="date", width=9),
        BookColumn(_l("Keterangan"), width=7),
    ),
    read=read_cards,
    letter_size=6.5,
)
