"""The age format: what other programs wrote is read, at any length, and nothing but the whole."""

from __future__ import annotations

import base64
import io

import pytest

from app.province.archives.age import CHUNK, AgeReader, AgeWriter, Damaged

PASSPHRASE = "enam kata rahasia"
BY_RAGE = (
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBYYlV0OXlqbXVzNjl6UExNNFZqaXZ3IDE3CmExZlBUZ1JtNm1vSXBlRmhR"
    "WmRwSzRKWGNqZ0tXSHNJcnhxZ2FsUHMxWUEKLS0tIGE1QldmR2pMbTRxMGVpRVZTTmpVaFpyaHBpUTZReUVaM1dBN0M0T2phZm8K"
    "fYWHs0oeM3L8MApOxGiGU9ovr2QGBuq0Xc4rrqQpVDXGnHEGlpPUuOsvGYeJyNAknghr"
)
"""`Pekon Gisting Atas` as rage 0.11 (pyrage 1.4.0) sealed it."""


def test_what_another_program_sealed_is_read() -> None:
    reader = AgeReader(io.BytesIO(base64.b64decode(BY_RAGE)), PASSPHRASE)
    reader.check()
    assert reader.read() == b"Pekon Gisting Atas\n"


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_any_length_comes_back_from_any_place(length: int) -> None:
    plain = bytes(number * 7 % 251 for number in range(length))
    made = io.BytesIO()
    writer = AgeWriter(made, PASSPHRASE)
    for start in range(0, length, 50_000):
        writer.write(plain[start : start + 50_000])
    writer.close()
    reader = AgeReader(made, PASSPHRASE)
    assert reader.size == length
    with io.BufferedReader(reader) as buffered:
        assert buffered.read() == plain
        buffered.seek(length // 2)
        assert buffered.read() == plain[length // 2 :]


def test_what_was_not_finished_is_refused() -> None:
    made = io.BytesIO()
    writer = AgeWriter(made, PASSPHRASE)
    writer.write(bytes(3 * CHUNK))
    writer.abandon()
    with pytest.raises(Damaged):
        AgeReader(made, PASSPHRASE).check()
