"""Pages of letters answer nonsense in addresses and forms with a page, never with an error of the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.government.letters.books.incoming_services import record_incoming
from tenants.scope import Tenant
from tests.government.test_letters_incoming import LETTER
from tests.support import letters
from tests.support.people import Person
from tests.support.visitors import CSRF

Staff = Callable[..., Person]
ODD = ("²", "-1", "0", str(10**30), "\x00", "😀", "٣", "%")
LISTS = {
    "/surat": ("hal", "cari", "lihat"),
    "/surat/baru": ("penduduk", "jenis", "cari", "hal"),
    "/surat/massal": ("jenis", "hal", "wilayah"),
    "/surat/keluar": (
        "q",
        "tahun",
        "bulan",
        "jenis",
        "klasifikasi",
        "keadaan",
        "sebelum",
        "sesudah",
        "older",
    ),
    "/surat/masuk": ("q", "tahun", "bulan", "keadaan", "hal", "older", "newer"),
    "/surat/agenda": ("tahun", "bulan", "hal"),
    "/surat/ekspedisi": ("tahun", "bulan", "hal"),
    "/surat/arsip": ("tahun",),
    "/surat/jenis": ("q", "hal"),
    "/surat/klasifikasi": ("q", "hal"),
    "/surat/tanda-tangan": ("hal",),
}


def _sound(status: int, where: object) -> None:
    assert status < 500 or status == 503, where


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_addresses_with_nonsense_are_answered(village: Tenant, staff: Staff, odd: str) -> None:
    clerk, head = staff(village, role="secretary"), staff(village, role="village_head")
    for path, names in LISTS.items():
        for name in names:
            who = head if path == "/surat/tanda-tangan" else clerk
            answer = who.get(path, query_string={name: odd})
            _sound(answer.status_code, (path, name))


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_forms_with_nonsense_are_answered(app: Flask, village: Tenant, staff: Staff, odd: str) -> None:
    clerk, head = staff(village, role="secretary"), staff(village, role="village_head")
    waiting, asked = letters.a_letter(app, village, state="verified"), letters.a_request(app, village)
    with letters.working(app, village):
        came = record_incoming(LETTER).id
    own = {
        "nomor": odd,
        "number": odd,
        "sequence": odd,
        "letter_date": odd,
        "received_on": odd,
        "due_on": odd,
    }
    posts: tuple[tuple[Person, str, dict[str, str]], ...] = (
        (head, "/surat/tanda-tangan", {"letter": f"{waiting}.{odd}", "key": odd, "passphrase": odd}),
        (head, "/surat/tanda-tangan/basah", {"letter": f"{waiting}.{odd}"}),
        (head, f"/surat/tanda-tangan/{waiting}/kembalikan", {"reason": odd}),
        (clerk, f"/surat/{asked}/ajukan", {"row_version": odd}),
        (clerk, f"/surat/{asked}/terbit", {"row_version": odd}),
        (clerk, f"/surat/{asked}/batal", {"row_version": odd, "reason": odd}),
        (clerk, f"/surat/{asked}/serahkan", {"row_version": odd, "how": odd}),
        (clerk, "/surat/baru", {"jenis": odd, "penduduk": odd, "kunci": odd, "row_version": odd}),
        (clerk, "/surat/keluar/catat", {**own, "title": odd}),
        (clerk, "/surat/masuk/catat", {**own, "sender": odd, "subject": odd}),
        (clerk, f"/surat/keluar/{asked}/ekspedisi", {"sent_on": odd, "sent_to": odd}),
        (clerk, "/surat/jenis/sktm/ubah", {"seen": odd, "version": odd, "deed": f"remove.fields.{odd}"}),
        (clerk, "/surat/jenis/sktm/saklar", {"version": odd, "name": odd, "on": odd}),
        (clerk, "/surat/klasifikasi/470", {"version": odd, "code": odd, "title": odd}),
        (clerk, "/surat/klasifikasi/tambah", {"version": odd, "code": odd, "title": odd}),
        (clerk, f"/surat/masuk/{came}/ubah", {**own, "row_version": odd, "version": odd, "sender": odd}),
        (clerk, f"/surat/masuk/{came}/batal", {"row_version": odd, "version": odd, "reason": odd}),
        (clerk, "/surat/massal", {"jenis": odd, "penduduk": odd, "kunci": odd, "nik": odd}),
        (clerk, "/surat/pengaturan/contoh", {"number_pattern": odd, "number_scope": odd}),
        (
            clerk,
            "/surat/pengaturan",
            {"number_pattern": odd, "first": odd, "promise_days": odd, "stamp": odd},
        ),
    )
    tokens = {}
    for who, page in ((clerk, "/surat/baru"), (head, "/surat/tanda-tangan")):
        found = CSRF.search(who.get(page).text)
        assert found is not None
        tokens[id(who)] = found[1]
    for who, path, form in posts:
        answer = who.post(path, {"csrf_token": tokens[id(who)], **form})
        _sound(answer.status_code, path)
