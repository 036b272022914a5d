"""What letters keep sealed, so that a change of key reaches all of it."""

from __future__ import annotations

from app.core.privacy.sealed import register_sealed, register_sealed_objects
from app.government.letters.models import Letter

LETTERS = "letters"
"""The file of a letter as it was issued: `letters/<letter.id>`."""
ARCHIVES = "letter_archives"
"""A year's files that a job packed: `letter_archives/<run id>/<part>`; no row notes their key."""


def declare_sealed() -> None:
    """Declare tables and folders (at start)."""
    register_sealed(Letter)
    register_sealed_objects(LETTERS, Letter)
    register_sealed_objects(ARCHIVES)
