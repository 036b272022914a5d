"""The age format (age-encryption.org/v1) with a passphrase: written and read as a stream, without a copy in clear.

A file that is written here opens with `age --decrypt` and with every other program that knows the format; none of ours
is needed. A header with one scrypt stanza wraps the file's key; the body follows in chunks of 64 KiB, each sealed with
ChaCha20-Poly1305 under a counter, the last one marked as last. So a changed, missing or added byte is seen, wherever it
is, and any place in the file can be read by itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import os
import re
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

VERSION_LINE = b"age-encryption.org/v1\n"
CHUNK = 64 * 1024
TAG = 16
SEALED_CHUNK = CHUNK + TAG
FILE_KEY = 16
NONCE = 16
WORK_FACTOR = 17
"""2^17 rounds of scrypt with r = 8: 128 MiB and about half a second, as OWASP advises at least."""
MAX_WORK_FACTOR = 20
"""A file that asks for more is refused before any work is done: 1 GiB of memory."""
HEADER_LIMIT = 4096

_STANZA = re.compile(
    rb"-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n"
)


class NotAge(ValueError):
    """The file is not one of the age format that a passphrase opens."""


class WrongPassphrase(ValueError):
    """The passphrase does not open the file (or its header was changed)."""


class Damaged(ValueError):
    """Bytes of the body were changed, are missing, or are too many."""


class AgeWriter(io.RawIOBase):
    """Seals what is written and passes it on. `close` writes the last chunk and leaves the file below open.

    Args:
        target: where the sealed bytes go; only written to, from its present place on.
        passphrase: UTF-8; how strong it is, is the caller's to judge.
    """

    def __init__(self, target: IO[bytes], passphrase: str) -> None:
        super().__init__()
        work_factor = WORK_FACTOR
        self._target, self._held, self._count = target, bytearray(), 0
        file_key, salt, nonce = os.urandom(FILE_KEY), os.urandom(16), os.urandom(NONCE)
        wrapped = ChaCha20Poly1305(_wrap_key(passphrase, salt, work_factor)).encrypt(
            bytes(12), file_key, None
        )
        head = VERSION_LINE + b"-> scrypt %s %d\n%s\n---" % (_b64(salt), work_factor, _b64(wrapped))
        target.write(head + b" " + _b64(_mac(file_key, head)) + b"\n" + nonce)
        self._cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: object) -> int:
        """Take bytes; whole chunks are sealed and passed on at once. Raises what the file below raises."""
        view = memoryview(data).cast("B")  # type: ignore[arg-type]
        self._held += view
        # A chunk is kept back until something follows it: the last one is sealed as the last.
        whole = (len(self._held) - 1) // CHUNK if self._held else 0
        for number in range(whole):
            self._seal(bytes(self._held[number * CHUNK : (number + 1) * CHUNK]), is_last=False)
        if whole:
            del self._held[: whole * CHUNK]
        return len(view)

    def close(self) -> None:
        """Seal the last chunk."""
        if not self.closed:
            try:
                self._seal(bytes(self._held), is_last=True)
            finally:
                super().close()

    def abandon(self) -> None:
        """Stop without a last chunk: what was written so far is refused by every reader."""
        super().close()

    def _seal(self, plain: bytes, *, is_last: bool) -> None:
        self._target.write(self._cipher.encrypt(_counter(self._count, is_last), plain, None))
        self._count += 1


class AgeReader(io.RawIOBase):
    """The plain bytes of a file, at any place; one chunk at a time is in memory.

    Raises NotAge and WrongPassphrase when it is made, Damaged when a chunk is read that was changed.
    """

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        super().__init__()
        self._source, self._place, self._number, self._chunk = source, 0, -1, b""
        source.seek(0, io.SEEK_END)
        whole = source.tell()
        source.seek(0)
        file_key, header_bytes = _open_header(source.read(HEADER_LIMIT), passphrase)
        source.seek(header_bytes)
        nonce = source.read(NONCE)
        self._start = header_bytes + NONCE
        sealed = whole - self._start
        if len(nonce) != NONCE or sealed < TAG:
            raise Damaged("the file ends too early")
        self._chunks = -(-sealed // SEALED_CHUNK)
        if sealed - (self._chunks - 1) * SEALED_CHUNK < TAG:
            raise Damaged("the file ends too early")
        self._size = sealed - self._chunks * TAG
        self._cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))

    @property
    def size(self) -> int:
        """How many plain bytes there are."""
        return self._size

    def check(self) -> None:
        """Read every chunk once; raises Damaged at the first that was changed."""
        for number in range(self._chunks):
            self._load(number)

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """The present place."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; raises ValueError before the beginning."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._place = base + offset
        return self._place

    def readinto(self, buffer: object) -> int:
        """Fill a buffer as far as the present chunk goes."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        if self._place >= self._size or not view:
            return 0
        number, offset = divmod(self._place, CHUNK)
        self._load(number)
        piece = self._chunk[offset : offset + len(view)]
        view[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def _load(self, number: int) -> None:
        if number == self._number:
            return
        self._source.seek(self._start + number * SEALED_CHUNK)
        sealed = self._source.read(SEALED_CHUNK)
        try:
            plain = self._cipher.decrypt(_counter(number, number == self._chunks - 1), sealed, None)
        except InvalidTag as error:
            raise Damaged(f"chunk {number} does not open") from error
        if not plain and number:
            raise Damaged("the last chunk is empty")
        self._number, self._chunk = number, plain


def _open_header(start: bytes, passphrase: str) -> tuple[bytes, int]:
    """The file's key and the length of the header."""
    if not start.startswith(VERSION_LINE):
        raise NotAge("it does not begin as a file of the age format does")
    found = _STANZA.match(start, len(VERSION_LINE))
    if found is None:
        raise NotAge("it is not sealed with a passphrase, or its header was changed")
    work_factor = int(found[2])
    if work_factor > MAX_WORK_FACTOR:
        raise NotAge(f"it asks for 2^{work_factor} rounds of scrypt; at most 2^{MAX_WORK_FACTOR} are done")
    try:
        salt, wrapped, told = (_unb64(found[number]) for number in (1, 3, 4))
    except (ValueError, binascii.Error) as error:
        raise NotAge("its header was changed") from error
    try:
        key = ChaCha20Poly1305(_wrap_key(passphrase, salt, work_factor)).decrypt(bytes(12), wrapped, None)
    except InvalidTag as error:
        raise WrongPassphrase("the passphrase does not open it") from error
    if not hmac.compare_digest(_mac(key, start[: found.start(4) - 1]), told):
        raise WrongPassphrase("its header was changed")
    return key, found.end()


def _wrap_key(passphrase: str, salt: bytes, work_factor: int) -> bytes:
    scrypt = Scrypt(salt=b"age-encryption.org/v1/scrypt" + salt, length=32, n=1 << work_factor, r=8, p=1)
    return scrypt.derive(passphrase.encode())


def _mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derive(file_key, b"", b"header"), header, hashlib.sha256)


def _derive(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=purpose).derive(key)


def _counter(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _unb64(text: bytes) -> bytes:
    data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if _b64(data) != text:
        raise ValueError("not canonical")
    return data
