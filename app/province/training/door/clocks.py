"""When somebody came, told by a phone whose clock may be wrong.

A phone says what its clock shows when it synchronises; the difference to the server's clock corrects every moment that
it noted. What can't be right all the same (the clock was set in between) becomes the session's beginning, and is said.
"""

from __future__ import annotations

import datetime as dt

from flask_babel import force_locale
from flask_babel import gettext as _

TOLERATED = dt.timedelta(minutes=2)
"""A clock that is off by less is not worth a remark."""
AROUND = dt.timedelta(hours=3)
"""So long before a session begins and after it ends people may come and go; what is outside is remarked."""
FAR = dt.timedelta(hours=24)
"""What is further from the session's hours than that was no moment at all: the clock was set after it was noted."""


def when_came(
    phone_at: dt.datetime,
    phone_now: dt.datetime,
    heard_at: dt.datetime,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
) -> tuple[dt.datetime, str]:
    """The moment somebody came by the server's clock, and what was odd about it (empty when nothing was).

    Args:
        phone_at: what the phone's clock showed when it noted them; phone_now: when it told the server.
        heard_at: the server's clock when it was told.
        starts_at, ends_at: the session's hours.
    """
    off = phone_now - heard_at
    at = phone_at - off
    with force_locale("id"):
        odd = [_("Jam ponsel meleset %(much)s.", much=_span(off))] if abs(off) > TOLERATED else []
        if at > heard_at + TOLERATED or not starts_at - FAR <= at <= ends_at + FAR:
            odd.append(_("Jam ponsel diubah setelah mencatat; waktu hadir perkiraan."))
            at = starts_at
        at = min(at, heard_at)
        if not starts_at - AROUND <= at <= ends_at + AROUND:
            odd.append(_("Di luar jam sesi."))
    return at, " ".join(odd)


def _span(off: dt.timedelta) -> str:
    minutes = round(abs(off).total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return str(_("%(days)s hari", days=hours // 24))
    if not hours:
        return str(_("%(minutes)s menit", minutes=rest))
    if not rest:
        return str(_("%(hours)s jam", hours=hours))
    return str(_("%(hours)s jam %(minutes)s menit", hours=hours, minutes=rest))
