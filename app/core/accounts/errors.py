"""What account services refuse, as sentences for the person who asked."""

from __future__ import annotations


class Refused(Exception):
    """The service did nothing; `str(error)` says why, in the reader's language, `field` which field is to blame."""

    def __init__(self, sentence: object, field: str = "") -> None:
        super().__init__(str(sentence))
        self.field = field


class NotAllowed(Refused):
    """The acting account may not do this here (a 403 page)."""


class LastManager(Refused):
    """Nobody would be left who may manage the accounts of this place."""


class SignInRefused(Refused):
    """Unknown address, wrong password or code, or no work on this host: the same sentence for all of them."""


class LinkInvalid(Refused):
    """An invitation, reset or crossing link that was used, has expired, or belongs to another host."""
