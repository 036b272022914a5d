"""From what was read to what a page shows: figures with their words, links, tones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from babel.dates import format_date
from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app.core.actors import Actor
from app.core.audit.actions import action_label
from app.core.indicators.adoption import STAFF_ACTIVE_7D
from app.core.indicators.services import SETUP_PROGRESS
from app.core.links import village_host, village_origin
from app.core.ui.formats import ago, clock, current_locale_code, date, moment, number, percent, rupiah
from app.province import states
from app.province.overview import KINDS, STAFF_COUNT, NeedsHelp, Overview, Part
from app.province.regions import PROVINCE, REGENCY, Territory
from app.province.services import PROVISION_MANY, PROVISION_ONE
from app.province.village_page import ShownFigure, VillagePage
from app.province.villages import GROUPS, HELP, Filters, Page
from tenants.migrations import head_revision
from tenants.models import SERVED_STATES, PlatformJobRun, TenantState

FUNNEL = (
    TenantState.LISTED, TenantState.INVITED, TenantState.APPLIED, TenantState.APPROVED, TenantState.PROVISIONED,
    TenantState.SET_UP, TenantState.ACTIVE, TenantState.ESTABLISHED, TenantState.DORMANT, TenantState.SUSPENDED,
    TenantState.ARCHIVED,
)  # fmt: skip
EVERY_DAY = (
    TenantState.LISTED,
    TenantState.PROVISIONED,
    TenantState.SET_UP,
    TenantState.ACTIVE,
    TenantState.DORMANT,
)
"""States that the funnel shows even when nobody is in them."""


def state_tag(state: str) -> dict[str, str]:
    """A state's name and the tone of its tag."""
    said = states.words(state)
    return {"label": str(said.label), "tone": said.tone}


def state_meaning(state: str) -> str:
    """What a state means, in a sentence."""
    return str(states.words(state).meaning)


def run_tag(state: str) -> dict[str, str]:
    """The name and tone of a run's state."""
    label, tone = {
        "queued": (_("Menunggu giliran"), "neutral"),
        "running": (_("Berjalan"), "info"),
        "done": (_("Selesai"), "success"),
        "failed": (_("Ada yang gagal"), "error"),
    }[state]
    return {"label": label, "tone": tone}


def run_title(run: PlatformJobRun) -> str:
    """What a run does, with what it does it to."""
    if run.name in (PROVISION_ONE, PROVISION_MANY):
        return str(_("Menyiapkan %(what)s", what=run.label))
    return run.label


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """A state with how many villages are in it; shares are of all desa, and of all kelurahan."""

    label: str
    meaning: str
    tone: str
    desa: int
    kelurahan: int
    desa_share: float | None
    kelurahan_share: float | None
    url: str


class OverviewView:
    """The overview's figures in words."""

    def __init__(self, found: Overview) -> None:
        self.found = found
        self.here = found.territory
        self.whole = found.whole
        self.desa, self.kelurahan = (found.whole.total(kind) for kind in KINDS)

    @property
    def as_of(self) -> str:
        """The moment of the newest figure, or that there is none."""
        if self.found.as_of is None:
            return str(_("Belum ada angka dari desa"))
        return str(_("Per %(moment)s", moment=moment(self.found.as_of)))

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The few figures on top."""
        items: list[dict[str, Any]] = []
        for kind, label, all_of in (
            ("desa", _("desa memakai Siger"), _("dari %(total)s desa")),
            ("kelurahan", _("kelurahan memakai Siger"), _("dari %(total)s kelurahan")),
        ):
            total = self.whole.total(kind)
            if not total:
                continue
            share = percent(self.whole.share(kind), 1)
            note = f"{all_of % {'total': number(total)}} · {share}"
            url = url_for("province.village_list", keadaan="live", jenis=kind)
            items.append({"value": number(self.whole.live(kind)), "label": label, "note": note, "url": url})
        figures = self.whole.figures
        items += [
            {"value": number(figures.get(STAFF_ACTIVE_7D)), "label": _("perangkat bekerja 7 hari ini")},
            {"value": number(figures.get(STAFF_COUNT)), "label": _("perangkat tercatat menjabat")},
            {
                "value": percent(figures.get(SETUP_PROGRESS)),
                "label": _("langkah penyiapan selesai"),
                "note": _("di desa yang sudah disiapkan"),
            },
        ]
        return items

    @property
    def funnel(self) -> list[FunnelRow]:
        """How many villages stand in each adoption state, desa and kelurahan apart."""
        rows = []
        for state in FUNNEL:
            desa, kelurahan = (self.whole.counts.get((kind, state.value), 0) for kind in KINDS)
            if not desa and not kelurahan and state not in EVERY_DAY:
                continue
            said = states.words(state)
            rows.append(
                FunnelRow(
                    str(said.label), str(said.meaning), said.tone, desa, kelurahan,
                    desa / self.desa if self.desa else None,
                    kelurahan / self.kelurahan if self.kelurahan else None,
                    url_for("province.village_list", keadaan=state.value),
                )
            )  # fmt: skip
        return rows

    @property
    def tiles(self) -> list[dict[str, Any]]:
        """The map's tiles: the share of desa live, of kelurahan where a city has no desa."""
        tiles = []
        for part in self.found.parts if self.here.level == PROVINCE else []:
            kind = "desa" if part.total("desa") else "kelurahan"
            note = f"{number(part.live(kind))} / {number(part.total(kind))}"
            tiles.append(
                {
                    "code": part.code,
                    "name": self.short(part.name),
                    "share": part.share(kind),
                    "note": note if kind == "desa" else _("%(note)s kel.", note=note),
                    "url": url_for("province.village_list", kab=part.code),
                }
            )
        return tiles

    @property
    def parts_title(self) -> str:
        """What the table goes over."""
        return str({PROVINCE: _("Kabupaten/kota"), REGENCY: _("Kecamatan")}.get(self.here.level, _("Desa")))

    def part_url(self, part: Part) -> str:
        """The villages of a part, or the village's own page."""
        if part.village_id is not None:
            return url_for("province.village", village_id=part.village_id)
        place: dict[str, Any] = {"kab" if self.here.level == PROVINCE else "kec": part.code}
        return url_for("province.village_list", **place)

    @staticmethod
    def short(name: str) -> str:
        """A kabupaten's or city's name without its word."""
        return name.removeprefix("Kabupaten ").removeprefix("Kota ")

    @property
    def curve(self) -> dict[str, Any] | None:
        """The chart of adoption over time; None before there are two months to compare."""
        months = self.found.curve
        if len(months) < 2:
            return None
        series = [{"name": _("Desa"), "values": [m.desa for m in months]}]
        if any(m.kelurahan for m in months):
            series.append({"name": _("Kelurahan"), "values": [m.kelurahan for m in months]})
        return {"categories": [short_month(m.first) for m in months], "series": series}

    @staticmethod
    def help_reason(village: NeedsHelp) -> dict[str, str]:
        """Why a village needs somebody."""
        days = (dt.datetime.now(dt.UTC) - village.since).days
        if village.state == TenantState.DORMANT:
            return {"label": _("Diam %(days)s hari", days=number(days)), "tone": "error"}
        return {"label": _("Terhenti %(days)s hari", days=number(days)), "tone": "warning"}


def short_month(first: dt.date) -> str:
    """A month on an axis: `Nov 2026`."""
    return format_date(first, "MMM y", locale=get_locale())


class ListView:
    """The list's links: chips, orders, pages."""

    def __init__(self, here: Territory, filters: Filters, page: Page) -> None:
        self.here, self.filters, self.page = here, filters, page

    def url(self, endpoint: str = "province.village_list", **changes: str | None) -> str:
        """This list with changes; the page is forgotten unless it is one of them."""
        query: dict[str, Any] = dict(self.filters.as_query(self.here, **changes))
        return url_for(endpoint, **query)

    @property
    def chips(self) -> list[dict[str, Any]]:
        """Ready-made filters with their counts."""
        labels = {
            "": _("Semua"), "live": _("Memakai"), "provisioned": _("Disiapkan"), "joining": _("Sedang bergabung"),
            HELP: _("Perlu bantuan"), "dormant": _("Diam"), "suspended": _("Ditangguhkan"),
            "listed": _("Belum diundang"),
        }  # fmt: skip
        counts = self.page.counts
        return [
            {
                "label": label,
                "url": self.url(keadaan=key),
                "current": self.filters.state == key,
                "count": sum(counts.get(s, 0) for s in GROUPS[key])
                if key in GROUPS
                else counts[key or "all"],
            }
            for key, label in labels.items()
        ]

    @property
    def orders(self) -> list[tuple[str, str]]:
        """Ways to sort, for the filter bar."""
        return [
            ("name", _("Urut nama")),
            ("code", _("Urut kode wilayah")),
            ("activity", _("Terakhir dipakai dulu")),
            ("since", _("Keadaan terbaru dulu")),
        ]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Kinds, for the filter bar."""
        return [("", _("Semua jenis")), ("desa", _("Desa saja")), ("kelurahan", _("Kelurahan saja"))]

    @property
    def states(self) -> list[tuple[str, str]]:
        """All states, for the filter bar."""
        chosen = self.filters.state
        single = [(str(state), str(said.label)) for state, said in states.STATES.items()]
        group = [
            (chosen, chip["label"])
            for chip in self.chips
            if chosen and chip["current"] and chosen not in dict(single)
        ]
        return [("", _("Semua keadaan")), *group, *single]

    @property
    def summary(self) -> str:
        """How many there are of how many."""
        total = self.page.total
        shown = number(total)
        return str(
            ngettext("%(count)s desa dan kelurahan", "%(count)s desa dan kelurahan", total, count=shown)
        )


class VillageView:
    """A village's page in words."""

    def __init__(self, page: VillagePage, actor: Actor) -> None:
        self.page, self.row, self.actor = page, page.row, actor

    @property
    def full_name(self) -> str:
        """The name with the village's own word."""
        return f"{self.row.term} {self.row.name}"

    @property
    def served(self) -> bool:
        """Whether the village's host answers."""
        return self.row.state in SERVED_STATES

    @property
    def host(self) -> str:
        """The village's host without a port."""
        return village_host(self.row.slug)

    @property
    def origin(self) -> str:
        """The village's address."""
        return village_origin(self.row.slug)

    @property
    def identity(self) -> list[dict[str, Any]]:
        """Identity as pairs."""
        row = self.row
        kind = (
            _("Kelurahan")
            if row.kind == "kelurahan"
            else _("Desa (sebutan setempat: %(term)s)", term=row.term)
        )
        return [
            {"label": _("Kode wilayah"), "value": row.code},
            {"label": _("Jenis"), "value": kind},
            {"label": _("Kecamatan"), "value": row.district_name},
            {"label": _("Kabupaten/kota"), "value": row.regency_name},
            {"label": _("Kode pos"), "value": row.postal_code},
            {"label": _("Sebutan kepala"), "value": row.words.get("head")},
            {"label": _("Badan permusyawaratan"), "value": row.words.get("council")},
        ]

    @property
    def standing(self) -> list[dict[str, Any]]:
        """State and technical standing as pairs."""
        row, schema = self.row, self.page.schema
        pairs = [
            {"label": _("Keadaan sejak"), "value": moment(row.state_since)},
            {"label": _("Disiapkan"), "value": moment(row.provisioned_at)},
            {"label": _("Mulai memakai"), "value": date(row.live_at)},
            {"label": _("Terakhir dipakai"), "value": ago(row.last_activity_at)},
        ]
        if schema is not None:
            pairs.append({"label": _("Skema data"), "value": f"{schema.schema_name} · {self.revision}"})
        return pairs

    @property
    def revision(self) -> str:
        """Whether the village's schema is at the newest revision."""
        schema = self.page.schema
        if schema is None:
            return ""
        if schema.status == "failed":
            return str(_("pembaruan gagal: %(error)s", error=schema.error or ""))
        if schema.revision != head_revision():
            return str(_("revisi %(revision)s, menunggu pembaruan", revision=schema.revision))
        return str(_("revisi terbaru"))

    @property
    def figures(self) -> list[dict[str, Any]]:
        """The village's figures of this month."""
        return [
            {"label": self._label(shown), "value": said(shown), "as_of": clock(shown.as_of)}
            for shown in self.page.figures
        ]

    @property
    def figures_as_of(self) -> dt.datetime | None:
        """The newest stamp of the figures."""
        return max((shown.as_of for shown in self.page.figures), default=None)

    @staticmethod
    def _label(shown: ShownFigure) -> str:
        english = current_locale_code() == "en"
        return shown.indicator.label_en if english else shown.indicator.label

    @property
    def history(self) -> list[dict[str, Any]]:
        """What happened to the village on the platform, newest first."""
        told = [
            {
                "at": entry.at,
                "title": self._event(entry.action, entry.details),
                "who": entry.actor_name or _("Sistem"),
                "text": entry.details.get("reason", ""),
                "tone": TONES.get(entry.action),
            }
            for entry in self.page.history
        ]
        made = self.row.provisioned_at
        if made is not None and "village.provisioned" not in {e.action for e in self.page.history}:
            # Made from the command line, which nobody was signed in at.
            event = {
                "at": made,
                "title": _("Desa disiapkan"),
                "who": _("Sistem"),
                "text": "",
                "tone": "success",
            }
            told = sorted([*told, event], key=lambda e: e["at"], reverse=True)
        return told

    @staticmethod
    def _event(action: str, details: dict[str, Any]) -> str:
        after = details.get("after")
        if (
            action == "village.state_changed"
            and isinstance(after, dict)
            and after.get("state") in set(TenantState)
        ):
            return str(_("Keadaan menjadi %(state)s", state=states.words(after["state"]).label))
        words = action_label(action)
        return words[:1].upper() + words[1:]

    @cached_property
    def deeds(self) -> frozenset[str]:
        """What the person may do with the village as it stands now."""
        row, may = self.row, self.actor.may
        running = self.page.run is not None and self.page.run.state in ("queued", "running")
        found = {
            "provision": row.schema_name is None and not running and may("villages.provision"),
            "suspend": self.served and may("villages.suspend"),
            "resume": row.state == TenantState.SUSPENDED and may("villages.suspend"),
            "visit": self.served and may("villages.visit"),
            "invite": self.served
            and may("region_accounts.manage")
            and not any(member.manages for member in self.page.members),
        }
        return frozenset(name for name, allowed in found.items() if allowed)


TONES = {
    "village.suspended": "error",
    "village.resumed": "success",
    "village.provisioned": "success",
    "visit.started": "info",
}


def said(shown: ShownFigure) -> str:
    """A figure in the words of its unit."""
    unit, value = shown.indicator.unit, shown.value
    if unit == "percent":
        return percent(value)
    if unit == "rupiah":
        return rupiah(value)
    if unit == "yes_no":
        return str(_("Ya") if value else _("Belum"))
    if unit == "date":
        return ago(dt.datetime.fromtimestamp(value, dt.UTC))
    return number(value, 0 if value == int(value) else None)
