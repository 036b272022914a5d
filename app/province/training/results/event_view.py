"""What one training brought: who came from where, what they learned, which villages sent nobody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import true
from werkzeug.datastructures import MultiDict

from app.core.ui.formats import rupiah
from app.province.regions import Territory, region_contains
from app.province.training.events.models import TrainingEvent
from app.province.training.results import queries
from app.province.training.results.one_event import EventVillages, Totals
from app.province.training.results.presenting import Page, page_number, people_facts, village_url
from app.province.training.results.queries import Sums, Village
from app.province.training.results.words import gain_words

ANSWERS = {"none": _l("Belum menjawab"), "coming": _l("Menyanggupi"), "declined": _l("Menolak")}
NOBODY = "tidak"


@dataclass(frozen=True, slots=True)
class VillageLine:
    """A village with what its people took along; `answer` is empty where it was not invited, `is_own` says whether it
    lies in the viewer's region."""

    village: Village
    sums: Sums
    answer: str
    is_own: bool

    @property
    def url(self) -> str:
        """The province's page about it; empty where it lies outside of the viewer's region."""
        return village_url(self.village) if self.is_own else ""

    @property
    def answer_words(self) -> str:
        """What it answered to the invitation."""
        return str(ANSWERS[self.answer]) if self.answer else str(_("Tidak diundang"))


class EventResults:
    """The page of one training.

    Who holds the organiser's office or one above it sees all who took part; an office below sees those of its villages.
    """

    def __init__(self, event: TrainingEvent, own: Territory, query: MultiDict[str, str]) -> None:
        self.event, self.own = event, own
        self.is_whole = region_contains(own.code, event.region_code)
        self.only_nobody = query.get("yang") == NOBODY
        self.held = queries.held_one(event.id)
        whose = true() if self.is_whole else queries.people_of(own)
        self.villages = EventVillages(self.held, whose, None if self.is_whole else own.code)

    @cached_property
    def totals(self) -> Totals:
        """All of it."""
        return self.villages.totals()

    @property
    def whole(self) -> Sums:
        """What everybody took along."""
        return self.totals.whole

    @property
    def is_over(self) -> bool:
        """Whether it is over by the calendar."""
        return self.event.ends_on < queries.today()

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The few figures on top."""
        found = people_facts(self.whole.came, self.whole)
        if self.is_whole:
            spent = self.held.spent
            note = (
                _("%(spent)s dibelanjakan", spent=rupiah(spent))
                if spent is not None
                else _("belum ada biaya dicatat")
            )
            cost = self.held.cost
            found.append(
                {
                    "value": rupiah(round(cost)) if cost is not None else "–",
                    "label": _("biaya tiap peserta yang datang"),
                    "note": note,
                }
            )
        return found

    @property
    def gain_words(self) -> str:
        """What the tests say."""
        return gain_words(self.whole.gain)

    @property
    def offices(self) -> Sums:
        """People of offices, whom no village sent."""
        return self.totals.offices

    def lines(self, count: int | None = None, start: int = 0) -> list[VillageLine]:
        """Villages that are listed, by code: so many from a place on, or all."""
        return [
            VillageLine(village, sums, answer, region_contains(self.own.code, village.code))
            for village, sums, answer in self.villages.lines(
                only_nobody=self.only_nobody, count=count, start=start
            )
        ]

    def page(self, query: MultiDict[str, str]) -> Page:
        """The villages of the page."""
        total = self.totals.nobody if self.only_nobody else self.totals.villages
        return Page.read(total, page_number(query), self.lines)

    @property
    def chips(self) -> list[dict[str, Any]]:
        """Ready-made filters."""
        here = url_for("training_results.event", event_id=self.event.id)
        return [
            {"label": _("Semua desa"), "url": here, "count": self.totals.villages, "current": not self.only_nobody},
            {
                "label": _("Tidak ada yang datang"), "url": f"{here}?yang={NOBODY}", "count": self.totals.nobody,
                "current": self.only_nobody,
            },
        ]  # fmt: skip

    def list_url(self, page: int) -> str:
        """The address of a page of the list."""
        known: dict[str, Any] = {"yang": NOBODY} if self.only_nobody else {}
        return url_for("training_results.event", event_id=self.event.id, **known, hal=page) + "#desa"

    def file_url(self, form: str) -> str:
        """The address of the list as a file."""
        known: dict[str, Any] = {"yang": NOBODY} if self.only_nobody else {}
        return url_for("training_results.event_export", event_id=self.event.id, bentuk=form, **known)
