"""The head's queue: letters signed by a certificate that lies here."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.core.hosting import SigerFlask
from app.core.signing import signatures_in
from tenants.scope import tenant_scope
from tests.support.events import told
from tests.support.letters import a_letter, letter_of, pdf_of
from tests.support.signing import PASSPHRASE, demo_key

QUEUE = "/surat/tanda-tangan"


def chosen(app: SigerFlask, village: Any, *letters: uuid.UUID) -> list[str]:
    """Letters as the queue's boxes name them."""
    return [f"{one}.{letter_of(app, village, one).row_version}" for one in letters]


def test_several_letters_are_signed_with_one_passphrase(app: SigerFlask, village: Any, staff: Any) -> None:
    head = staff(village, role="village_head")
    key = demo_key(app, village)
    letters = [a_letter(app, village, state="verified") for _ in range(3)]
    assert "3 surat menunggu Anda" in head.get(QUEUE).text
    answer = head.submit(QUEUE, {"letter": chosen(app, village, *letters), "key": key, "passphrase": PASSPHRASE})
    assert answer.status_code == 303, told(answer)
    page = told(head.get(answer.headers["Location"]))
    assert "3 surat sudah ditandatangani" in page
    for one in letters:
        row = letter_of(app, village, one)
        assert (row.state, row.signing, row.signing_key_id) == ("issued", "local", key)
        pdf = pdf_of(app, village, one)
        assert row.sha256 == hashlib.sha256(pdf).digest()
        with app.app_context(), tenant_scope(village):
            found = signatures_in(pdf)
        assert [(f.holder, f.valid, f.covers_whole, f.is_certified, f.is_demo) for f in found] == [
            ("Suparman", True, True, False, True)
        ]
        assert b"ETSI.CAdES.detached" in pdf
