"""What a village's services answer when they do not do what was asked."""

from __future__ import annotations

from typing import Any


class Invalid(ValueError):
    """A value can't be taken; `field` names it and the message is a sentence for the person."""

    def __init__(self, field: str, sentence: object) -> None:
        super().__init__(str(sentence))
        self.field = field


class ChangedMeanwhile(RuntimeError):
    """Somebody else saved first; `present` are the values that stand now."""

    def __init__(self, present: dict[str, Any]) -> None:
        super().__init__("somebody else saved first")
        self.present = present


class Missing(LookupError):
    """The village has no such thing (any more)."""
