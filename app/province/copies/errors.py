"""Why a copy could not be made or put back, in words for the person who asked."""

from __future__ import annotations


class CopyRefused(Exception):
    """It was not done, and nothing changed; the message is a sentence for the person who asked."""
