"""One village's page in words: its card, its figures by pillar with what changed, its history, what may be done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from flask_babel import gettext as _

from app.core.actors import Actor
from app.core.audit.actions import action_label
from app.core.indicators.adoption import LIVE
from app.core.indicators.declarations import Indicator, period_of
from app.core.links import village_host, village_origin
from app.core.ui.formats import ago, date, moment, number
from app.province import presenting, states, wording
from app.province.attention import INDEX
from app.province.figures import MISSING, Figure
from app.province.readiness.classes import class_of
from app.province.village_page import ShownFigure, VillagePage
from tenants.migrations import head_revision
from tenants.models import SERVED_STATES, TenantState, now

PILLARS = ("adoption", "government", "economy", "people")
Verdict = Literal["better", "worse", "same", ""]


@dataclass(frozen=True, slots=True)
class Change:
    """What a figure did since an earlier month: `than` names it, `verdict` is empty where neither way is better."""

    text: str
    than: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Line:
    """A figure of the page."""

    code: str
    label: str
    value: str
    hidden_reason: str
    changes: list[Change]
    as_of: dt.datetime | None
    source: str


class VillageView:
    """A village's page in words, for somebody whose own region is the actor's."""

    def __init__(self, page: VillagePage, actor: Actor) -> None:
        self.page, self.actor = page, actor
        self.row, self.schema = page.standing.row, page.standing.schema

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
    def trail(self) -> list[dict[str, Any]]:
        """The way down from the account's own region."""
        regions = presenting.trail(self.row.district_code, self.actor.region_code or "")
        return [*regions, {"label": self.full_name}]

    @property
    def reasons(self) -> list[dict[str, str]]:
        """Why it needs help, with tones."""
        return [presenting.reason_tag(found) for found in self.page.reasons]

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
        row, schema = self.row, self.schema
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
        schema = self.schema
        if schema is None:
            return ""
        if schema.status == "failed":
            return str(_("pembaruan gagal: %(error)s", error=schema.error or ""))
        if schema.revision != head_revision():
            return str(_("revisi %(revision)s, menunggu pembaruan", revision=schema.revision))
        return str(_("revisi terbaru"))

    @cached_property
    def readiness(self) -> dict[str, str] | None:
        """The readiness index with its class; None where the village has none yet."""
        found = next((one.figure for one in self.page.figures if one.indicator.code == INDEX), MISSING)
        if found.value is None:
            return None
        said = class_of(found.value)
        return {"score": number(found.value, 1), "label": str(said.label), "tone": said.tone}

    @cached_property
    def pillars(self) -> list[tuple[str, list[Line]]]:
        """The village's figures by pillar; pillars of which it tells nothing are left out."""
        names = {
            "adoption": _("Pemakaian"),
            "government": _("Pemerintahan"),
            "economy": _("Ekonomi"),
            "people": _("Masyarakat"),
        }
        shown = [one for one in self.page.figures if one.indicator.code not in (INDEX, LIVE)]
        found = [
            (str(names[pillar]), [self._line(one) for one in shown if one.indicator.pillar == pillar])
            for pillar in PILLARS
        ]
        return [(name, lines) for name, lines in found if lines]

    @property
    def month(self) -> str:
        """The month of the figures."""
        return presenting.long_month(self.page.standing.month)

    @property
    def as_of(self) -> dt.datetime | None:
        """The newest stamp of the figures."""
        return max((one.figure.newest for one in self.page.figures if one.figure.newest), default=None)

    @cached_property
    def is_demo(self) -> bool:
        """Whether all the figures are made up for a demo; single ones say so themselves."""
        return bool(self.page.figures) and all(one.figure.demo for one in self.page.figures)

    def _line(self, shown: ShownFigure) -> Line:
        figure, indicator = shown.figure, shown.indicator
        running = indicator.period == "flow" and self.page.standing.month == period_of(now()).first
        compare = _beside if running else _changed
        changes = [
            compare(indicator, figure, shown.month_ago, str(_("bulan lalu"))),
            compare(indicator, figure, shown.year_ago, str(_("setahun lalu"))),
        ]
        return Line(
            indicator.code,
            wording.label(indicator),
            wording.said(indicator, figure),
            wording.hidden_reason(figure),
            [change for change in changes if change is not None],
            figure.newest,
            "" if self.is_demo else _source_words(figure.source),
        )

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
        row, run, may = self.row, self.page.standing.run, self.actor.may
        running = run is not None and run.state in ("queued", "running")
        found = {
            "provision": row.schema_name is None
            and row.software is None
            and not running
            and may("villages.provision"),
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


def _source_words(source: str | None) -> str:
    """Where a figure comes from, where it was not counted here."""
    if source == "push":
        return str(_("Dikirim sistem lain"))
    if source == "csv":
        return str(_("Dikirim sebagai berkas"))
    return str(_("Data contoh")) if source == "demo" else ""


def _changed(indicator: Indicator, now_told: Figure, before: Figure, than: str) -> Change | None:
    """What a figure did since an earlier month: up or down by how much, and whether that is better."""
    if now_told.value is None or before.value is None or indicator.unit in ("date", "yes_no"):
        return None
    difference = now_told.value - before.value
    if indicator.unit == "percent":
        points = round(difference * 100, 1)
        by = str(_("%(points)s poin", points=number(abs(points))))
        moved = points
    else:
        by = wording.said_value(indicator, abs(difference))
        moved = 0.0 if by == wording.said_value(indicator, 0.0) else difference
    if not moved:
        return Change(str(_("tetap")), than, "same")
    up = moved > 0
    text = str(_("naik %(by)s", by=by) if up else _("turun %(by)s", by=by))
    if indicator.direction == "neutral":
        return Change(text, than, "")
    return Change(text, than, "better" if up == (indicator.direction == "higher") else "worse")


def _beside(indicator: Indicator, now_told: Figure, before: Figure, than: str) -> Change | None:
    """What a whole earlier month came to, beside one that is not over: neither better nor worse yet."""
    if before.value is None or indicator.unit in ("date", "yes_no"):
        return None
    return Change(wording.said_value(indicator, before.value), than, "")
