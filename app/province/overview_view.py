"""The overview in words: facts, funnel, tiles, curve, the table of parts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from app.core.indicators.adoption import LIVE, STAFF_ACTIVE_7D
from app.core.indicators.declarations import Indicator
from app.core.ui.formats import moment, number, percent
from app.province import presenting, states, wording
from app.province.attention import INDEX, NeedsHelp, Reason
from app.province.figures import VILLAGE, Figure
from app.province.overview import KINDS, POPULATION, STAFF_COUNT, Overview, Part, shown_indicators
from app.province.programme import HELD_BACK, PILOT_YEAR
from app.province.readiness.classes import CLASSES
from app.province.regions import PROVINCE, REGENCY, level_of
from tenants.models import TenantState

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

MILLION = 1_000_000


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
    """The overview's figures in words, for somebody whose own region is `own`."""

    def __init__(self, found: Overview, own: str) -> None:
        self.found, self.own = found, own
        self.here = found.territory
        self.whole = found.whole
        self.desa, self.kelurahan = (found.whole.total(kind) for kind in KINDS)
        self.indicators: dict[str, Indicator] = {one.code: one for one in shown_indicators()}
        self.place = presenting.list_place(self.here, own)

    @property
    def as_of(self) -> str:
        """The moment of the newest figure, or that there is none."""
        if self.found.as_of is None:
            return str(_("Belum ada angka dari desa"))
        return str(_("Per %(moment)s", moment=moment(self.found.as_of)))

    @property
    def trail(self) -> list[dict[str, Any]]:
        """The way down from the account's own region; empty there."""
        return presenting.trail(self.here.code, self.own) if self.here.code != self.own else []

    def list_url(self, **more: str) -> str:
        """The list of this region's villages."""
        query: dict[str, Any] = {**self.place, **more}
        return url_for("province.village_list", **query)

    def help_url(self, reason: Reason | None = None) -> str:
        """The list of this region's villages that need help."""
        query: dict[str, Any] = {**self.place, "alasan": reason.value if reason else None}
        return url_for("province.attention_list", **query)

    def downloads(self, code: str, part: str) -> dict[str, str]:
        """Where the figures behind a chart are downloaded: of an indicator by place (`tempat`) or month (`waktu`)."""
        query: dict[str, Any] = {"wilayah": self.here.code, "isi": part}
        if part == "tempat":
            query["tingkat"] = self.level_of_parts
        return {
            form: url_for("explorer.download", code=code, bentuk=form, **query) for form in ("xlsx", "csv")
        }

    def said(self, part: Part, code: str) -> str:
        """What a part tells of an indicator; a dash where it is not declared or nobody told."""
        indicator = self.indicators.get(code)
        return wording.said(indicator, part.figure(code)) if indicator else wording.MISSING_MARK

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
            url = self.list_url(keadaan="live", jenis=kind)
            items.append({"value": number(self.whole.live(kind)), "label": label, "note": note, "url": url})
        items.append(self._people())
        if INDEX in self.indicators:
            items.append(self._fact(INDEX, _("rata-rata indeks kesiapan")))
        items.append(self._fact(STAFF_ACTIVE_7D, _("perangkat bekerja 7 hari ini"), self._of_staff()))
        return items

    def _people(self) -> dict[str, Any]:
        """The residents of the villages that tell them, millions in short."""
        figure, fact = self.whole.figure(POPULATION), self._fact(POPULATION, _("penduduk dilayani"))
        if figure.value is not None and figure.value >= MILLION:
            short = _("%(count)s juta", count=number(figure.value / MILLION, 2))
            return fact | {"value": short, "note": f"{fact['value']} · {fact['note']}"}
        return fact

    def _fact(self, code: str, label: str, note: str | None = None) -> dict[str, Any]:
        return {
            "value": self.said(self.whole, code),
            "label": label,
            "note": note or self._told(self.whole.figure(code)),
        }

    def _told(self, figure: Figure) -> str:
        """How many villages of the kinds that there are here tell a figure."""
        if figure.is_missing:
            return str(_("belum ada desa yang melapor"))
        count, said = figure.told, number(figure.told)
        if self.desa and self.kelurahan:
            return str(_("dari %(count)s desa dan kelurahan", count=said))
        if self.kelurahan:
            return str(ngettext("dari %(count)s kelurahan", "dari %(count)s kelurahan", count, count=said))
        return str(ngettext("dari %(count)s desa", "dari %(count)s desa", count, count=said))

    def _of_staff(self) -> str | None:
        staff = self.whole.figure(STAFF_COUNT)
        return None if staff.is_missing else str(_("dari %(staff)s perangkat", staff=number(staff.value)))

    @property
    def funnel(self) -> list[FunnelRow]:
        """How many villages stand in each adoption state, desa and kelurahan apart."""
        rows = []
        for state in FUNNEL:
            desa, kelurahan = (self.whole.counts.get((kind, state.value), 0) for kind in KINDS)
            if not desa and not kelurahan and state not in EVERY_DAY:
                continue
            said = states.words(state)
            url = self.list_url(keadaan=state.value, sistem="siger")
            rows.append(self._row(str(said.label), str(said.meaning), said.tone, desa, kelurahan, url))
        return rows

    @property
    def others(self) -> FunnelRow | None:
        """Villages that run other software, in a line of their own; None where there are none."""
        desa, kelurahan = (self.whole.elsewhere(kind) for kind in KINDS)
        if not desa and not kelurahan:
            return None
        names = sorted({software for _kind, software in self.whole.others})
        meaning = _("Mengirim angka dari %(names)s.", names=", ".join(names))
        return self._row(
            str(_("Memakai sistem lain")), str(meaning), "info", desa, kelurahan, self.list_url(sistem="lain")
        )

    def _row(self, label: str, meaning: str, tone: str, desa: int, kelurahan: int, url: str) -> FunnelRow:
        desa_share = desa / self.desa if self.desa else None
        kelurahan_share = kelurahan / self.kelurahan if self.kelurahan else None
        return FunnelRow(label, meaning, tone, desa, kelurahan, desa_share, kelurahan_share, url)

    @property
    def map(self) -> dict[str, Any]:
        """What the map shows of the parts: the share live by region, the readiness index of each village."""
        if self.level_of_parts == VILLAGE:
            return {
                "title": _("Indeks kesiapan, menurut desa"),
                "small": _("Nilai 0–100 bulan terbaru."),
                "unit": "score",
                "classes": [(one.below, str(one.label)) for one in CLASSES],
                "places": [self._scored(part) for part in self.found.parts],
                "downloads": self.downloads(INDEX, "tempat"),
            }
        shares = {part.code: part.share(self._kind_of(part)) for part in self.found.parts}
        fifths = {math.ceil(share * 5) for share in shares.values() if share is not None}
        return {
            "title": _("Yang memakai, menurut %(level)s", level=self.parts_title.lower()),
            "small": _("Bagian desa yang penyiapannya selesai dan tidak ditangguhkan."),
            "unit": "percent",
            "classes": "fifths" if len(fifths) > 1 else "quantile",
            "downloads": self.downloads(LIVE, "tempat"),
            "places": [
                {
                    "code": part.code,
                    "name": presenting.short_name(part.name),
                    "value": shares[part.code],
                    "text": percent(shares[part.code]),
                    "note": self._live_of(part),
                    "url": self.part_url(part),
                }
                for part in self.found.parts
            ],
        }

    def _scored(self, part: Part) -> dict[str, Any]:
        figure = part.figure(INDEX)
        said = number(figure.value, 1) if figure.value is not None else ""
        url = self.part_url(part)
        return {"code": part.code, "name": part.name, "value": figure.value, "text": said, "url": url}

    @property
    def level_of_parts(self) -> int:
        """2 for kabupaten/kota, 3 for kecamatan, 4 for villages."""
        return min(level_of(self.here.code) + 1, VILLAGE)

    @staticmethod
    def _kind_of(part: Part) -> str:
        return "desa" if part.total("desa") else "kelurahan"

    def _live_of(self, part: Part) -> str:
        kind = self._kind_of(part)
        note = f"{number(part.live(kind))} / {number(part.total(kind))}"
        return note if kind == "desa" else str(_("%(note)s kel.", note=note))

    @property
    def parts_title(self) -> str:
        """What the table goes over."""
        return presenting.level_below(self.here)

    def part_url(self, part: Part) -> str:
        """The overview of a part, or the village's own page."""
        if part.village_id is not None:
            return url_for("province.village", village_id=part.village_id)
        return presenting.region_url(part.code, self.own)

    @property
    def curve(self) -> dict[str, Any] | None:
        """The chart of adoption over time, the programme's past first; None before there are two points."""
        months, past = self.found.curve, self.found.past
        if len(months) + len(past) < 2:
            return None
        names = [str(year.year) for year in past[:-1]] + [
            str(_("akhir %(year)s", year=year.year)) for year in past[-1:]
        ]
        gap = ["…"] if past and months and months[0].first.year > past[-1].year + 1 else []
        before, after = [None] * (len(past) + len(gap)), [None] * (len(gap) + len(months))
        series: list[dict[str, Any]] = []
        if past:
            series.append(
                {
                    "name": _("Catatan program"),
                    "values": [year.desa for year in past] + after,
                    "style": "reference",
                }
            )
        if months:
            series.append(
                {
                    "name": pgettext("many villages", "Desa"),
                    "values": before + [month.desa for month in months],
                }
            )
        if any(month.kelurahan for month in months):
            series.append({"name": _("Kelurahan"), "values": before + [month.kelurahan for month in months]})
        labels = [presenting.short_month(month.first) for month in months]
        return {
            "categories": names + gap + labels,
            "series": series,
            "small": self._curve_counts,
            "downloads": self.downloads(LIVE, "waktu"),
        }

    @property
    def _curve_counts(self) -> str:
        """What a point of the curve is: a year of the programme's records, or a month."""
        past = self.found.past
        if not past:
            return str(_("Jumlah pada akhir bulan; bulan ini sampai saat ini."))
        return str(
            _(
                "%(first)s–%(last)s satu titik setahun, sesudahnya satu titik sebulan: jumlah pada akhir bulan, "
                "bulan ini sampai saat ini.",
                first=past[0].year,
                last=past[-1].year,
            )
        )

    @property
    def past_note(self) -> str:
        """Where the curve's first points come from; empty where there are none."""
        past = self.found.past
        if not past:
            return ""
        return str(
            _(
                "Titik %(first)s–%(last)s adalah catatan program Smart Village Provinsi Lampung, bukan hitungan "
                "Siger: mulai dari %(pilots)s desa percontohan, %(desa)s desa pada akhir %(last)s; %(held)s desa "
                "tertahan sinyal lemah. Di antara keduanya tidak ada hitungan.",
                first=PILOT_YEAR,
                last=past[-1].year,
                pilots=number(past[0].desa),
                desa=number(past[-1].desa),
                held=number(HELD_BACK),
            )
        )

    @property
    def help_counts(self) -> list[dict[str, Any]]:
        """How many villages there are by reason; a village may have several."""
        return [
            {
                "label": presenting.reason_label(reason),
                "count": self.found.help.counts[reason],
                "url": self.help_url(reason),
            }
            for reason in Reason
            if self.found.help.counts[reason]
        ]

    def help_place(self, village: NeedsHelp) -> str:
        """Where a village lies, as far as the page does not say it already."""
        if self.here.level == PROVINCE:
            return f"{village.district}, {presenting.short_name(village.regency)}"
        return village.district if self.here.level == REGENCY else village.code

    @property
    def failing(self) -> int:
        """Villages some of whose figures could not be computed."""
        return self.found.help.counts[Reason.FAILING]

    @property
    def failing_url(self) -> str:
        """The list of those villages."""
        return self.help_url(Reason.FAILING)
