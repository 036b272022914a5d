"""What other folders call: the deeds of the desk, in one place."""

from __future__ import annotations

from app.government.letters.desk.boxes import letter_file, open_box, read_letter
from app.government.letters.desk.errors import NotNow, WrongValues
from app.government.letters.desk.issuing import draw_and_set, hand_on, issue, store_final
from app.government.letters.desk.life import (
    HOW,
    STATE_WORDS,
    SUBJECT,
    approve,
    cancel,
    collect,
    held,
    moved,
    reject,
    send_back,
    verify,
)
from app.government.letters.desk.numbering import draw_number
from app.government.letters.desk.requests import Paper, ask, change, submit_draft

__all__ = [
    "HOW",
    "STATE_WORDS",
    "SUBJECT",
    "NotNow",
    "Paper",
    "WrongValues",
    "approve",
    "ask",
    "cancel",
    "change",
    "collect",
    "draw_and_set",
    "draw_number",
    "hand_on",
    "held",
    "issue",
    "letter_file",
    "moved",
    "open_box",
    "read_letter",
    "reject",
    "send_back",
    "store_final",
    "submit_draft",
    "verify",
]
