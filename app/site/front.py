"""What the front page says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from babel.dates import get_day_names
from flask import url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from lokal.phone import parse_phone

from app.core.capabilities import is_resident_service, portal_path, public_entries
from app.core.ui import formats
from app.core.ui.formats import ZONE
from app.core.village import queries
from app.core.village.brand import VillageBrand
from app.core.village.hours import Intervals, OpeningHours, OpenState
from tenants.models import TenantState
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

    def __init__(self, tenant: Tenant, moment: dt.datetime, front: queries.Front, language: str) -> None:
        profile = front.profile
        super().__init__(tenant, queries.Brand(front.logo_url, profile.accent))
        self._modules = tenant.modules
        self.moment = moment
        self.language = language
        self.motto: str = profile.motto
        self.about: list[str] = [part.strip() for part in profile.about.splitlines() if part.strip()]
        self.postal_code: str = profile.postal_code
        self.address = profile.address
        self.phone = profile.phone
        self.whatsapp = profile.whatsapp
        self.email = profile.email
        self.sub_areas = front.sub_areas
        self.cover_url = front.cover_url
        self.is_being_set_up = tenant.state == TenantState.PROVISIONED
        self.neighbourhoods = front.neighbourhoods
        self.hours = OpeningHours.from_json(profile.opening_hours)
        self.state: OpenState = self.hours.state_at(moment)
        self.map_url = _map_url(profile)
        self.head = next((o for o in front.officials if o.position == "head"), None)
        self.officials = [o for o in front.officials if o is not self.head]
        self.whatsapp_url = _whatsapp_url(self.whatsapp)
        self.phone_url = _phone_url(self.phone)
        self.opening_hours_text = hours_in_words(self.hours, language)

    @property
    def portal_url(self) -> str:
        """Where residents ask for letters themselves; empty where the village has switched that off or is not open."""
        return "" if self.is_being_set_up else portal_path(self._modules)

    @property
    def changes_at(self) -> dt.datetime:
        """When the page would say something else without anybody changing it: the next opening, closing or midnight."""
        tomorrow = self.moment.date() + dt.timedelta(days=1)
        midnight = dt.datetime.combine(tomorrow, dt.time(), ZONE)
        return min(midnight, self.state.changes_at or midnight)

    @property
    def state_text(self) -> str:
        """Whether the office is open now, and until when that holds."""
        turn, days = self.state.changes_at, day_names(self.language)
        if turn is None:
            return str(pgettext("office hours", "Tutup"))
        if self.state.is_open:
            return str(_("Buka sampai %(time)s", time=formats.clock(turn)))
        if turn.date() == self.moment.date():
            return str(_("Tutup, buka pukul %(time)s", time=formats.clock(turn)))
        return str(_("Tutup, buka lagi %(day)s %(time)s", day=days[turn.weekday()], time=formats.clock(turn)))

    @property
    def no_hours_text(self) -> str:
        """What stands where no hours are told: to ask first, if there is a number or an address to ask at."""
        if self.phone or self.whatsapp or self.email:
            return str(_("Jam layanan belum diumumkan. Hubungi kantor sebelum datang."))
        return str(_("Jam layanan belum diumumkan."))

    @property
    def week(self) -> list[HoursLine]:
        """The whole week, Monday first, today marked; a day that stays closed this week says why."""
        monday = self.moment.date() - dt.timedelta(days=self.moment.weekday())
        lines = []
        shut = pgettext("office hours", "Tutup")
        for weekday, name in enumerate(day_names(self.language)):
            day = monday + dt.timedelta(days=weekday)
            intervals = self.hours.on(day)
            reason = self.hours.closed.get(day)
            note = _("Tutup: %(reason)s", reason=reason) if reason else shut
            spans = spans_in_words(intervals, self.language)
            lines.append(HoursLine(name, spans, note, day == self.moment.date()))
        return lines

    @property
    def has_contact(self) -> bool:
        """Whether there is any way to reach the office."""
        return bool(self.address or self.phone or self.whatsapp or self.email or self.map_url)

    def menu(self, here: str = "") -> list[dict[str, Any]]:
        """The parts of the front page that there are, and the pages beside it. `here`: the endpoint that is shown."""
        asked = "?bahasa=en" if self.language == "en" else ""
        home = f"/{asked}" if here else ""
        items = [
            (True, _("Jam layanan"), "#jam"),
            (self.has_contact, _("Kontak"), "#kontak"),
            (bool(self.head or self.officials), _("Perangkat"), "#perangkat"),
        ]
        links = [{"label": label, "url": home + url} for shown, label, url in items if shown]
        for entry in public_entries(self._modules):
            if self.is_being_set_up and is_resident_service(entry.endpoint.partition(".")[0]):
                continue
            url = f"{url_for(entry.endpoint)}{asked}"
            links.append({"label": str(entry.label), "url": url, "current": entry.endpoint == here})
        return [{"items": links}]


def front_page(tenant: Tenant, moment: dt.datetime, language: str) -> FrontPage:
    """Read the front page of the present village as it is at `moment` (in the province's zone)."""
    return FrontPage(tenant, moment, queries.front(moment.date()), language)


@lru_cache(maxsize=8)
def day_names(language: str) -> tuple[str, ...]:
    """The names of the weekdays, Monday first."""
    names = get_day_names("wide", locale=language)
    return tuple(str(names[weekday]) for weekday in range(7))


def spans_in_words(intervals: Intervals, language: str) -> list[str]:
    """`08.00–12.00` and `13.00–15.00`; nothing for a closed day."""
    spans = [f"{opens.isoformat('minutes')}–{closes.isoformat('minutes')}" for opens, closes in intervals]
    return spans if language == "en" else [span.replace(":", ".") for span in spans]


def hours_in_words(hours: OpeningHours, language: str) -> str:
    """The week in a line: `Senin–Kamis 08.00–15.00; Jumat 08.00–11.30 WIB`. Empty when no hours were stated."""
    parts, names = [], day_names(language)
    for group in hours.groups():
        days = names[group.first]
        if group.last != group.first:
            days = f"{days}–{names[group.last]}"
        parts.append(f"{days} {', '.join(spans_in_words(group.intervals, language))}")
    return f"{'; '.join(parts)} {formats.ZONE_NAME}" if parts else ""


@lru_cache(maxsize=4096)
def _whatsapp_url(number: str) -> str | None:
    """A link that opens a conversation."""
    found = parse_phone(number).whatsapp if number else None
    return f"https://wa.me/{found}" if found else None


@lru_cache(maxsize=4096)
def _phone_url(number: str) -> str | None:
    """A link that dials."""
    found = parse_phone(number).e164 if number else None
    return f"tel:{found}" if found else None


def _map_url(profile: Any) -> str | None:
    if profile.latitude is None or profile.longitude is None:
        return None
    lat, lng = f"{profile.latitude:.6f}", f"{profile.longitude:.6f}"
    return f"https://www.openstreetmap.org/?mlat={lat}&mlon={lng}#map=16/{lat}/{lng}"
