"""What is personal in a letter: sealed in its row, opened for who works on it."""

from __future__ import annotations

import uuid
from typing import Any

from app.core.privacy.files import get_sealed
from app.core.privacy.masking import mask_personal
from app.core.privacy.vault import Vault, open_vault
from app.core.village.errors import Missing
from app.extensions import db
from app.government.letters.models import Letter
from app.government.letters.sealed import LETTERS

LONGEST_CLEAR = 200
FINAL = ("issued", "collected", "cancelled")
"""States in which a letter may have its final file."""


def open_box(letter: Letter, vault: Vault) -> dict[str, Any]:
    """What a letter keeps sealed: `fields` (as typed), `person` (as the register had them), `words`."""
    found = dict(vault.open_json(letter.box, bound_to(letter.id)))
    return {"fields": {}, "person": {}, **found}


def seal_box(letter: Letter, vault: Vault, parts: dict[str, Any]) -> None:
    """Seal what is personal in a letter anew; `vault` is opened for writing."""
    letter.box = vault.seal_json(parts, bound_to(letter.id))


def bound_to(letter_id: uuid.UUID) -> str:
    """What the sealed record of a letter belongs to."""
    return f"letter:{letter_id}"


def file_path(letter_id: uuid.UUID) -> str:
    """Where the final file of a letter lies among the village's sealed objects."""
    return f"{LETTERS}/{letter_id}"


def in_clear(text: str) -> str:
    """Words as they may stand in the table: one line, numbers of people masked."""
    return mask_personal(" ".join(text.replace("\x00", "").split()))[:LONGEST_CLEAR]


def read_letter(letter_id: uuid.UUID) -> dict[str, Any]:
    """The opened parts of a letter: `fields`, `person`, and `words` once it is set. Raises Missing."""
    letter = db.session.get(Letter, letter_id)
    if letter is None:
        raise Missing("letter")
    return open_box(letter, open_vault())


def letter_file(letter_id: uuid.UUID) -> bytes:
    """The final PDF of a letter, as its SHA-256 has it.

    Raises:
        Missing: no such letter, or it has no file (yet). StorageAway.
    """
    letter = db.session.get(Letter, letter_id)
    if letter is None or letter.sha256 is None or letter.state not in FINAL:
        raise Missing("letter file")
    try:
        return get_sealed(file_path(letter_id), open_vault())
    except LookupError as gone:
        raise Missing("letter file") from gone
