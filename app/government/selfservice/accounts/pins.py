"""PINs and codes: how they are made, kept and compared.

A PIN has 6 digits, so a copy of the database alone must not be enough to find it out: before argon2 it is mixed with a
key that follows from SECRET_KEY, and with the account's id.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import secrets
import uuid

from flask_babel import gettext as _

from app.core.accounts.passwords import hash_password, verify_password
from app.core.accounts.secrets import keyed_digest

PIN_DIGITS = 6
MOST_WRONG_PINS = 10
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody takes for one another: no I, L, O, 0 or 1."""
CODE_LENGTH = 8
CODE_LIFE = dt.timedelta(days=7)
MOST_WRONG_CODES = 5

_SIX_DIGITS = re.compile(r"[0-9]{6}")


def hash_pin(account_id: uuid.UUID, pin: str) -> str:
    """What is kept of a PIN: argon2id of its keyed digest."""
    return hash_password(_mixed("pin", account_id, pin))


def verify_pin(pin_hash: str | None, account_id: uuid.UUID, pin: str) -> bool:
    """Whether the PIN is the right one. Without a hash the same work is done, and the answer is no."""
    return verify_password(pin_hash, _mixed("pin", account_id, pin))


def new_code() -> str:
    """A code to be handed over at the hall: 8 characters of `ALPHABET`, about 40 bits."""
    return "".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH))


def spoken_code(code: str) -> str:
    """A code as people read it: ABCD-EFGH."""
    return f"{code[:4]}-{code[4:]}"


def typed_code(text: str) -> str:
    """A code as somebody typed it, in capitals and without spaces and dashes."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def hash_code(account_id: uuid.UUID, code: str) -> str:
    """What is kept of a code."""
    return hash_password(_mixed("code", account_id, code))


def verify_code(code_hash: str | None, account_id: uuid.UUID, code: str) -> bool:
    """Whether the code is the right one; the same work without a hash."""
    return verify_password(code_hash, _mixed("code", account_id, code))


def pin_problem(pin: str, nik: str, birth_date: dt.date | None) -> str | None:
    """What is wrong with a new PIN, as a sentence; None when it is good.

    Args:
        pin: as it was typed.
        nik: the person's NIK: no six digits of it in a row may be the PIN (it begins with area and birth date).
        birth_date: nor may it be the birth date, however it is written with six digits.
    """
    if not _SIX_DIGITS.fullmatch(pin):
        return str(_("PIN terdiri atas 6 angka."))
    if len(set(pin)) < 3 or _is_run(pin) or pin[:3] == pin[3:]:
        return str(_("PIN ini terlalu mudah ditebak: angkanya berulang atau berurutan. Pilih yang lain."))
    if birth_date is not None and pin in _spellings(birth_date):
        return str(_("Jangan memakai tanggal lahir sebagai PIN: mudah ditebak orang. Pilih yang lain."))
    if pin in nik:
        return str(_("Jangan memakai angka dari NIK sebagai PIN. Pilih yang lain."))
    return None


def _mixed(purpose: str, account_id: uuid.UUID, text: str) -> str:
    return keyed_digest(f"selfservice.{purpose}", f"{account_id}:{text}")


def _is_run(pin: str) -> bool:
    steps = {(int(after) - int(before)) % 10 for before, after in itertools.pairwise(pin)}
    return steps in ({1}, {9})


def _spellings(day: dt.date) -> set[str]:
    d, m, y, whole = f"{day:%d}", f"{day:%m}", f"{day:%y}", f"{day.year:04d}"
    return {d + m + y, y + m + d, m + d + y, m + y + d, d + y + m, m + whole, whole + m, d + whole, whole + d}
