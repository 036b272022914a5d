"""How often a passphrase may be tried."""

from __future__ import annotations

from typing import Any

from app.core.hosting import SigerFlask
from tests.support.letters import a_letter, letter_of
from tests.support.people import staff_member
from tests.support.signing import PASSPHRASE, demo_key

QUEUE = "/surat/tanda-tangan"


def test_wrong_passphrases_are_limited_and_right_ones_are_not(limited: SigerFlask, village: Any) -> None:
    head = staff_member(limited, village, role="village_head")
    key = demo_key(limited, village)
    for _ in range(11):
        letter = a_letter(limited, village, state="verified")
        form = {"letter": str(letter), "key": key, "passphrase": PASSPHRASE}
        assert head.submit(QUEUE, form).status_code == 303
    letter = a_letter(limited, village, state="verified")
    wrong = {"letter": str(letter), "key": key, "passphrase": "keliru sekali"}
    said = [head.submit(QUEUE, wrong).status_code for _ in range(11)]
    assert said == [422] * 10 + [429]
    assert head.submit(QUEUE, {**wrong, "passphrase": PASSPHRASE}).status_code == 429
    assert letter_of(limited, village, letter).state == "verified"
