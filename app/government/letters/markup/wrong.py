"""What is wrong with a text: where, why, and how to mend it."""

from __future__ import annotations

from flask_babel import gettext as _


class MarkupWrong(ValueError):
    """A body can't be read as markup.

    Args:
        line, column: where, counted from 1.
        sentence: the reason and how to mend it, for whoever writes the letter.
    """

    def __init__(self, line: int, column: int, sentence: str) -> None:
        super().__init__(_("Baris %(line)s: %(sentence)s", line=line, sentence=sentence))
        self.line = line
        self.column = column
        self.sentence = sentence
