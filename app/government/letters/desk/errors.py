"""What the desk's services answer when a letter can't go on as asked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from app.core.village.errors import Invalid


class WrongValues(Invalid):
    """Fields of a letter are wrong: `errors` has the sentences for each, by the field's name."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {name: [str(sentence) for sentence in found] for name, found in errors.items()}
        name, sentences = next(iter(self.errors.items()), ("", [""]))
        super().__init__(name, " ".join(sentences))


class ResidentHere(WrongValues):
    """The number of an applicant from elsewhere is that of a resident: `resident_id` says whose."""

    def __init__(self, errors: Mapping[str, Sequence[str]], resident_id: uuid.UUID) -> None:
        super().__init__(errors)
        self.resident_id = resident_id


class OtherText(Invalid):
    """A form was sent already with another text: `letter_id` is the letter that it became."""

    def __init__(self, letter_id: uuid.UUID) -> None:
        sentence = _(
            "Formulir ini sudah dikirim dan menjadi surat. Yang Anda tulis sekarang berbeda dan belum tersimpan; "
            "ubah suratnya, atau buat surat baru."
        )
        super().__init__("", sentence)
        self.letter_id = letter_id


class NotNow(Invalid):
    """The letter stands where this can't be done; `state` says where."""

    def __init__(self, state: str, sentence: object) -> None:
        super().__init__("state", sentence)
        self.state = state


class VisitorMayNot(PermissionError):
    """A support visitor of the province does nothing of what is the head's."""


class NumberTaken(NotNow):
    """Another letter got the same number at this moment; the next try gets another one."""

    def __init__(self, number: str) -> None:
        sentence = _(
            "Nomor %(number)s baru saja dipakai surat lain. Coba sekali lagi; surat ini akan bernomor berikutnya.",
            number=number,
        )
        super().__init__("", sentence)
