"""The code at the door by which people check in themselves: of one session, for half a minute.

The screen at the door shows it as a QR code and as six digits. It follows from SECRET_KEY, the session and the present
window of time, so nothing is stored; a photograph of it is worth nothing a minute later or at another session. Who
opened it in time gets a ticket of their own, so that a slow phone is not refused by the next window.
"""

from __future__ import annotations

import datetime as dt
import hmac
import uuid
from dataclasses import dataclass

from app.core.accounts.secrets import SealBroken, keyed_digest, seal, unseal

STEP_SECONDS = 30
PASSED_WINDOWS = 1
"""How many windows back a code is still taken: it may have been read just before it changed."""
TICKET_SECONDS = 120
LETTERS = 20
DIGITS = 6
_PURPOSE = "training door"
_TICKET = "training door ticket"


@dataclass(frozen=True, slots=True)
class DoorCode:
    """What the door shows now: `text` in the QR code, `digits` to be typed, and for how many seconds still."""

    text: str
    digits: str
    seconds_left: int


def door_code(session_id: uuid.UUID, at: dt.datetime) -> DoorCode:
    """The code of a session at a moment."""
    step, passed = divmod(int(at.timestamp()), STEP_SECONDS)
    text, digits = _of_window(session_id, step)
    return DoorCode(text, digits, STEP_SECONDS - passed)


def fits(session_id: uuid.UUID, given: str, at: dt.datetime) -> bool:
    """Whether a code (its text or its digits) was at this session's door just now."""
    step = int(at.timestamp()) // STEP_SECONDS
    clean = "".join(given.split()).lower().encode()
    found = False
    for window in range(step - PASSED_WINDOWS, step + 1):
        for code in _of_window(session_id, window):
            found |= hmac.compare_digest(code.encode(), clean)
    return found


def ticket(session_id: uuid.UUID, participant_id: uuid.UUID, at: dt.datetime) -> str:
    """What somebody holds who opened the code in time: good for them, this session, and two minutes."""
    return seal(_TICKET, f"{session_id} {participant_id} {int(at.timestamp())}").decode()


def ticket_fits(given: str, session_id: uuid.UUID, participant_id: uuid.UUID, at: dt.datetime) -> bool:
    """Whether a ticket was made for this person and session, at most two minutes ago."""
    try:
        session, participant, made = unseal(_TICKET, given.encode("utf-8", "replace")).split(" ")
    except (SealBroken, ValueError):
        return False
    age = int(at.timestamp()) - int(made)
    return (session, participant) == (str(session_id), str(participant_id)) and 0 <= age <= TICKET_SECONDS


def _of_window(session_id: uuid.UUID, window: int) -> tuple[str, str]:
    code = keyed_digest(_PURPOSE, f"{session_id} {window}")
    return code[:LETTERS], f"{int(code[LETTERS : LETTERS + 12], 16) % 10**DIGITS:0{DIGITS}}"
