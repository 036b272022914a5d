"""From what was read to what pages about reports show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from app.province.reports.models import ReportDelivery, ReportSchedule
from app.province.reports.queries import ShownReport


def month_words(month: dt.date) -> str:
    """A month in the reader's language: November 2026."""
    return format_date(month, "MMMM y", locale=get_locale())


def month_options(months: Sequence[dt.date]) -> list[tuple[str, str]]:
    """Months to choose from."""
    return [(f"{month:%Y-%m}", month_words(month)) for month in months]


def words(state: str) -> dict[str, str]:
    """The name and tone of a report's state."""
    label, tone = {
        "making": (_("Sedang dibuat"), "info"),
        "ready": (_("Selesai"), "success"),
        "failed": (_("Gagal dibuat"), "error"),
    }[state]
    return {"label": label, "tone": tone}


def delivery_words(state: str) -> dict[str, str]:
    """The name and tone of what became of a letter."""
    label, tone = {
        "waiting": (_("Menunggu"), "info"),
        "sent": (_("Terkirim"), "success"),
        "failed": (_("Gagal, dicoba lagi"), "error"),
        "cancelled": (_("Dibatalkan"), "neutral"),
    }[state]
    return {"label": label, "tone": tone}


def job_of(shown: ShownReport) -> dict[str, Any]:
    """The making of a report for the bar of progress."""
    return {
        "id": shown.row.id,
        "title": _("Membuat laporan"),
        "state": {"making": "running", "ready": "done", "failed": "failed"}[shown.state],
        "done": shown.done,
        "total": shown.total,
        "message": shown.error if shown.state == "failed" else None,
        "started_at": shown.row.created_at,
    }


@dataclass(frozen=True, slots=True)
class ShownSchedule:
    """A schedule with what became of its newest month's letters."""

    row: ReportSchedule
    sent: int
    waiting: int
    failed: list[ReportDelivery]

    @classmethod
    def of(cls, row: ReportSchedule, deliveries: Sequence[ReportDelivery]) -> ShownSchedule:
        """Of all schedules' letters, this one's."""
        mine = [one for one in deliveries if one.schedule_id == row.id]
        return cls(
            row,
            sum(one.state == "sent" for one in mine),
            sum(one.state == "waiting" for one in mine),
            [one for one in mine if one.state == "failed"],
        )
