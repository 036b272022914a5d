"""The numbers of a printed sheet as people type them: `1-14, 17, 20`."""

from __future__ import annotations

import re
from collections.abc import Set

from flask_babel import gettext as _

from app.core.village.errors import Invalid

_PART = re.compile(r"([0-9]{1,5})(?:\s*[-–]\s*([0-9]{1,5}))?")


def numbers_in(text: str, known: Set[int]) -> set[int]:
    """The numbers that somebody typed.

    Args:
        text: numbers and spans with commas, semicolons, spaces or lines between them; may be empty.
        known: the numbers that stand on the sheet.
    Raises:
        Invalid: `numbers`: something is no number, or stands for nobody on the sheet.
    """
    found: set[int] = set()
    tidy = re.sub(r"\s*[-–]\s*", "-", text.strip())
    for part in filter(None, re.split(r"[,;\s]+", tidy)):
        match = _PART.fullmatch(part)
        if match is None:
            raise Invalid("numbers", _("“%(part)s” bukan nomor. Contoh: 1-14, 17, 20.", part=part[:20]))
        first = int(match[1])
        last = int(match[2] or first)
        # A span may pass over numbers of people who are not on the sheet any more; its ends may not.
        strange = [number for number in (first, last) if number not in known]
        if strange or last < first:
            raise Invalid("numbers", _("Nomor %(part)s tidak ada pada lembar ini.", part=part))
        found |= {number for number in known if first <= number <= last}
    return found
