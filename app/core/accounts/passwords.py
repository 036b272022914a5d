"""Passwords: argon2id, and the same work for an account that does not exist."""

from __future__ import annotations

import re
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from flask_babel import gettext as _

SHORTEST = 10
LONGEST = 200

_hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)

COMMON = re.compile(
    r"(password|passw0rd|katasandi|kata sandi|rahasia|sandi|qwerty|asdfgh|indonesia|lampung|bismillah|merdeka|"
    r"sayang|admin|siger|desa|pekon|kampung|sekretaris|0123456789|1234567890|987654321|abcdefgh)",
    re.IGNORECASE,
)


def hash_password(password: str) -> str:
    """The argon2id hash of a password (32 MiB, three passes)."""
    return _hasher.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is the right one. Without a hash a stand-in is verified, so that it takes as long."""
    stand_in = _stand_in()
    if len(password) > LONGEST:
        password = ""
    try:
        right = _hasher.verify(password_hash or stand_in, password)
    except (Argon2Error, InvalidHashError):
        return False
    return right and password_hash is not None


def needs_new_hash(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def password_problem(password: str, *personal: str) -> str | None:
    """What is wrong with a new password, as a sentence; None when it is good.

    Args:
        password: the new password.
        personal: the e-mail address and the name, which it must not be made of.
    """
    if len(password) < SHORTEST:
        return str(
            _("Pakai paling sedikit %(count)s karakter; tiga kata acak mudah diingat.", count=SHORTEST)
        )
    if len(password) > LONGEST:
        return str(_("Paling panjang %(count)s karakter.", count=LONGEST))
    low = password.casefold()
    if len(set(low)) < 5:
        return str(_("Terlalu mudah ditebak: karakternya berulang."))
    rest = COMMON.sub("", low)
    for text in personal:
        for part in re.split(r"[\s@.]+", text.casefold()):
            if len(part) >= 4:
                rest = rest.replace(part, "")
    if len(rest) < 6:
        return str(_("Terlalu mudah ditebak. Jangan pakai nama, alamat surel, atau kata yang umum saja."))
    return None


@lru_cache(maxsize=1)
def _stand_in() -> str:
    return _hasher.hash("nobody has this password")
