"""What an upload to /cek may cost: files of ends, of byte ranges, nested or cut short cost no more than others."""

from __future__ import annotations

import hashlib
import time
import tracemalloc
from typing import Any

import pytest

from app.core.hosting import SigerFlask
from app.government.letters.verification import services
from app.government.letters.verification.services import MOST_BYTES, MOST_ENDS
from app.site.letter_checks import FILES
from tests.government.test_letters_verification import anybody, send
from tests.support.events import told
from tests.support.letters import an_issued_letter, pdf_of
from tests.support.visitors import Visitor

__all__ = ["anybody"]


def full_of(part: bytes) -> bytes:
    """The largest upload that is taken, made of one part again and again."""
    return (b"%PDF-1.7\n" + part * (MOST_BYTES // len(part)))[:MOST_BYTES]


EVIL = {
    "ends": full_of(b"%%EOF"),
    "ends of lines": full_of(b"%%EOF\r\n"),
    "byte ranges": full_of(b"/ByteRange [0 1 2 3]"),
    "nested": full_of(b"["),
    "nested dictionaries": full_of(b"<</A"),
    "cut short": full_of(b"1 0 obj\n<</Type/Sig/ByteRange[0 9 9 9]/Contents<")[:-3],
}


def _cpu(data: bytes) -> float:
    least = []
    for _round in range(3):
        began = time.process_time()
        services._earlier(data)
        least.append(time.process_time() - began)
    return min(least)


@pytest.mark.parametrize("name", list(EVIL))
def test_looking_for_ends_costs_no_more_than_reading_the_file_a_few_times(name: str) -> None:
    data = EVIL[name]
    began = time.process_time()
    for _round in range(3):
        hashlib.sha256(data).digest()
    once = (time.process_time() - began) / 3
    assert _cpu(data) < 12 * once + 0.05
    tracemalloc.start()
    found = services._earlier(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1024 * 1024
    assert len(found) <= 2 * MOST_ENDS


def test_digests_of_earlier_ends_are_those_of_the_bytes_up_to_them() -> None:
    data = b"%PDF-1.7\na%%EOF\r\nb%%EOF\nc%%EOF"
    whole = {data[:upto] for upto in (15, 17, 23, 24, 30)}
    assert services._earlier(data) == {hashlib.sha256(one).digest() for one in whole}


@pytest.mark.parametrize("name", list(EVIL))
def test_the_page_answers_each_of_them_with_a_sentence(anybody: Visitor, name: str) -> None:
    answer = send(anybody, EVIL[name])
    assert answer.status_code == 422
    assert "bukan PDF" in told(answer)


def test_files_are_looked_at_two_at_a_time_and_the_next_is_told_to_wait(
    app: SigerFlask, village: Any, anybody: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = pdf_of(app, village, an_issued_letter(app, village))
    monkeypatch.setattr(services, "WAIT_SECONDS", 0.05)
    places = [services._places.acquire(timeout=5) for _one in range(services.AT_ONCE)]
    try:
        answer = send(anybody, genuine)
        assert answer.status_code == 503
        assert "sebentar lagi" in told(answer)
    finally:
        for _one in places:
            services._places.release()
    assert send(anybody, genuine).status_code == 200


def test_a_class_behind_one_address_may_check_its_letters() -> None:
    a_minute = FILES.split(";")[0]
    assert int(a_minute.split()[0]) >= 40
