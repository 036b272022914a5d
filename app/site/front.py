"""What the front page says, put together from three selects."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from babel.dates import get_day_names
from flask_babel import get_locale, pgettext
from flask_babel import gettext as _
from lokal.phone import parse_phone

from app.core.ui import formats
from app.core.ui.formats import ZONE
from app.core.village import queries
from app.core.village.brand import VillageBrand
from app.core.village.hours import Intervals, OpeningHours, OpenState
from tenants.scope import Tenant


@dataclass(frozen=True, slots=True)
class HoursLine:
    """A line of the week: the day's name, its spans of hours or why it is closed, and whether it is today."""

    day: str
    spans: list[str]
    note: str
    is_today: bool


class FrontPage(VillageBrand):
    """The front page of one village at one moment; also the `village` of its frame."""

    def __init__(self, tenant: Tenant, moment: dt.datetime, front: queries.Front) -> None:
        profile = front.profile
        super().__init__(tenant, queries.Brand(front.logo_url, profile.accent))
        self.moment = moment
        self.motto: str = profile.motto
        self.about: list[str] = [part.strip() for part in profile.about.splitlines() if part.strip()]
        self.postal_code: str = profile.postal_code
        self.address = profile.address
        self.phone = profile.phone
        self.whatsapp = profile.whatsapp
        self.email = profile.email
        self.sub_areas = front.sub_areas
        self.neighbourhoods = front.neighbourhoods
        self.hours = OpeningHours.from_json(profile.opening_hours)
        self.state: OpenState = self.hours.state_at(moment)
        self.map_url = _map_url(profile)
        officials = queries.public_officials(moment.date())
        self.head = next((o for o in officials if o.position == "head"), None)
        self.officials = [o for o in officials if o is not self.head]
        self.opening_hours_text = hours_in_words(self.hours)

    @property
    def changes_at(self) -> dt.datetime:
        """When the page would say something else without anybody changing it: the next opening, closing or midnight."""
        tomorrow = self.moment.date() + dt.timedelta(days=1)
        midnight = dt.datetime.combine(tomorrow, dt.time(), ZONE)
        return min(midnight, self.state.changes_at or midnight)

    @property
    def state_text(self) -> str:
        """Whether the office is open now, and until when that holds."""
        turn = self.state.changes_at
        if turn is None:
            return str(pgettext("office hours", "Tutup"))
        if self.state.is_open:
            return str(_("Buka sampai %(time)s", time=formats.clock(turn)))
        if turn.date() == self.moment.date():
            return str(_("Tutup, buka pukul %(time)s", time=formats.clock(turn)))
        return str(
            _("Tutup, buka lagi %(day)s %(time)s", day=day_name(turn.weekday()), time=formats.clock(turn))
        )

    @property
    def week(self) -> list[HoursLine]:
        """The whole week, Monday first, today marked; a day that stays closed this week says why."""
        monday = self.moment.date() - dt.timedelta(days=self.moment.weekday())
        lines = []
        for weekday in range(7):
            day = monday + dt.timedelta(days=weekday)
            intervals = self.hours.on(day)
            reason = self.hours.closed.get(day)
            note = _("Tutup: %(reason)s", reason=reason) if reason else pgettext("office hours", "Tutup")
            lines.append(
                HoursLine(day_name(weekday), spans_in_words(intervals), note, day == self.moment.date())
            )
        return lines

    @property
    def whatsapp_url(self) -> str | None:
        """A link that opens a conversation."""
        number = parse_phone(self.whatsapp).whatsapp if self.whatsapp else None
        return f"https://wa.me/{number}" if number else None

    @property
    def phone_url(self) -> str | None:
        """A link that dials."""
        number = parse_phone(self.phone).e164 if self.phone else None
        return f"tel:{number}" if number else None

    @property
    def has_contact(self) -> bool:
        """Whether there is any way to reach the office."""
        return bool(self.address or self.phone or self.whatsapp or self.email or self.map_url)

    @property
    def menu(self) -> list[dict[str, Any]]:
        """The parts of the page that there are."""
        items = [
            (True, _("Jam layanan"), "#jam"),
            (self.has_contact, _("Kontak"), "#kontak"),
            (bool(self.head or self.officials), _("Perangkat"), "#perangkat"),
        ]
        return [{"items": [{"label": label, "url": url} for shown, label, url in items if shown]}]


def front_page(tenant: Tenant, moment: dt.datetime) -> FrontPage:
    """Read the front page of the present village as it is at `moment` (in the province's zone)."""
    return FrontPage(tenant, moment, queries.front())


def day_name(weekday: int) -> str:
    """The name of a weekday, Monday being 0, in the page's language."""
    return str(get_day_names("wide", locale=get_locale())[weekday])


def spans_in_words(intervals: Intervals) -> list[str]:
    """`08.00–12.00` and `13.00–15.00`; nothing for a closed day."""
    mark = ":" if str(get_locale()) == "en" else "."
    return [f"{opens:%H}{mark}{opens:%M}–{closes:%H}{mark}{closes:%M}" for opens, closes in intervals]


def hours_in_words(hours: OpeningHours) -> str:
    """The week in a line: `Senin–Kamis 08.00–15.00; Jumat 08.00–11.30 WIB`. Empty when no hours were stated."""
    parts = []
    for group in hours.groups():
        days = day_name(group.first)
        if group.last != group.first:
            days = f"{days}–{day_name(group.last)}"
        parts.append(f"{days} {', '.join(spans_in_words(group.intervals))}")
    return f"{'; '.join(parts)} {formats.ZONE_NAME}" if parts else ""


def _map_url(profile: Any) -> str | None:
    if profile.latitude is None or profile.longitude is None:
        return None
    lat, lng = f"{profile.latitude:.6f}", f"{profile.longitude:.6f}"
    return f"https://www.openstreetmap.org/?mlat={lat}&mlon={lng}#map=16/{lat}/{lng}"
