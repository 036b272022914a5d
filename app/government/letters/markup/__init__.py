"""The small markup that letters are written in. It is never Typst, and values never become markup.

    tree = parse(body)                      # raises MarkupWrong(line, column, sentence)
    problems = check(body, {"nama", "anggota", "anggota.nama"})
    blocks = resolve(tree, {"nama": "SITI", "anggota": [{"nama": "BUDI"}]})

What a body may hold; a blank line ends a paragraph:

    Teks biasa, **tebal**, _miring_, isian {{nama}}. Baris yang diakhiri garis miring terbalik\\
    berganti baris.
    # Judul di tengah, tebal          ^ baris di tengah     < tanpa masuk     > rata kanan
    - butir          1. bernomor      a. berhuruf
    : Nama | {{nama}}                 baris label; baris di bawahnya yang menjorok dua spasi ikut isinya
    | No | Nama |                     tabel; baris |---|:-:|--:| di bawah kepala menjadikannya kepala
    @ Pihak pertama, | {{nama}}       tempat tanda tangan: jabatan | nama | keterangan; berjajar
    {% jika nama %} … {% jika_lain jenis = "baru" %} … {% jika_tidak %} … {% akhir %}
    {% ulang anggota %} … {{anggota.nama}} … {{urutan}} … {% akhir %}

Tags alone on a line go around whole lines (rows of a table, items of a list); `jika` within a sentence is closed in the
same sentence. A backslash before a sign takes its meaning away.
"""

from __future__ import annotations

from app.government.letters.markup.blocks import parse
from app.government.letters.markup.checking import Problem, check, names_in
from app.government.letters.markup.resolving import resolve
from app.government.letters.markup.wrong import MarkupWrong

__all__ = ["MarkupWrong", "Problem", "check", "names_in", "parse", "resolve"]
