"""What the head chooses in the queue: nothing beforehand, all by a link, and never nothing by mistake."""

from __future__ import annotations

import re
from typing import Any

from app.core.hosting import SigerFlask
from tests.support.events import told
from tests.support.letters import a_letter, letter_of
from tests.support.signing import PASSPHRASE, demo_key

QUEUE = "/surat/tanda-tangan"
BOX = re.compile(r'<input class="checkbox"[^>]*name="letter"[^>]*>')


def _ticked(page: str) -> list[bool]:
    return [" checked" in box for box in BOX.findall(page)]


def test_nothing_is_ticked_beforehand_and_a_link_ticks_all(app: SigerFlask, village: Any, staff: Any) -> None:
    head = staff(village, role="village_head")
    demo_key(app, village)
    for _ in range(2):
        a_letter(app, village, state="verified")
    page = head.get(QUEUE).text
    assert _ticked(page) == [False, False]
    assert f'href="{QUEUE}?pilih=semua"' in page
    assert _ticked(head.get(f"{QUEUE}?pilih=semua").text) == [True, True]


def test_a_passphrase_for_nothing_gets_a_sentence(app: SigerFlask, village: Any, staff: Any) -> None:
    head = staff(village, role="village_head")
    key = demo_key(app, village)
    letter = a_letter(app, village, state="verified")
    answer = head.submit(QUEUE, {"key": key, "passphrase": PASSPHRASE})
    assert answer.status_code == 422
    assert "Surat: Pilih dahulu surat yang hendak ditandatangani." in told(answer)
    assert 'id="f-letters"' in answer.text
    assert _ticked(answer.text) == [False]
    assert letter_of(app, village, letter).state == "verified"
