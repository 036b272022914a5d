"""What deeds on visits answer when they are not done."""

from __future__ import annotations


class Refused(RuntimeError):
    """The visit's state, or the one who asks, does not allow it; the message is a sentence for the person."""
