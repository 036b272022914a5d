"""What officers may type on the pages of applications."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from app.core.forms import Choice, FormSchema, Line, Paragraphs
from app.province.onboarding.board.blocking import LONGEST_REASON
from app.province.onboarding.board.deciding import MOST_COMMENT

FIRST_YEAR, LAST_YEAR = 1900, 2200

LABELS: dict[str, object] = {
    "comment": _l("Pesan untuk pendaftar"),
    "steps": _l("Langkah yang perlu diperbaiki"),
    "reason": _l("Alasan"),
    "value": _l("Surel atau nomor ponsel"),
    "level": _l("Yang memutuskan"),
    "dari": _l("Dari tanggal"),
    "sampai": _l("Sampai tanggal"),
}


class CommentForm(FormSchema):
    """What an applicant is told."""

    comment = Paragraphs(required=True, longest=MOST_COMMENT)


class ReasonForm(FormSchema):
    """Why something is done."""

    reason = Line(required=True, longest=LONGEST_REASON, shortest=5)


class BlockForm(ReasonForm):
    """Who is blocked, and why."""

    value = Line(required=True, longest=120)


class RuleForm(FormSchema):
    """Who decides on a kabupaten's applications."""

    region = Line(required=True, longest=8)
    level = Choice(required=True, choices=("1", "2", "3"))


def period_of(args: Mapping[str, str], usual: tuple[dt.date, dt.date]) -> tuple[dt.date, dt.date]:
    """The days that a query string names, the usual ones for what is none or far off; never the wrong way round."""

    def day(name: str, default: dt.date) -> dt.date:
        try:
            found = dt.date.fromisoformat(args.get(name, ""))
        except ValueError:
            return default
        return found if FIRST_YEAR <= found.year <= LAST_YEAR else default

    first, last = day("dari", usual[0]), day("sampai", usual[1])
    return (first, last) if first <= last else (last, first)
