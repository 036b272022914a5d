"""What the desk's services answer when a letter can't go on as asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.village.errors import Invalid


class WrongValues(Invalid):
    """Fields of a letter are wrong: `errors` has the sentences for each, by the field's name."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {name: [str(sentence) for sentence in found] for name, found in errors.items()}
        name, sentences = next(iter(self.errors.items()), ("", [""]))
        super().__init__(name, " ".join(sentences))


class NotNow(Invalid):
    """The letter stands where this can't be done; `state` says where."""

    def __init__(self, state: str, sentence: object) -> None:
        super().__init__("state", sentence)
        self.state = state
