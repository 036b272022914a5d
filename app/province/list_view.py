"""Lists of villages in words: links of chips, orders and pages."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.ui.formats import number
from app.province import presenting, states
from app.province.attention import Attention, Reason
from app.province.readiness.classes import CLASSES, UNTOLD
from app.province.regions import DISTRICT, PROVINCE, Territory
from app.province.villages import GROUPS, HELP, Filters, Page

ATTENTION_PAGE = 50


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
    def systems(self) -> list[tuple[str, str]]:
        """Which software, for the filter bar."""
        return [("", _("Semua sistem")), ("siger", _("Siger saja")), ("lain", _("Sistem lain"))]

    @property
    def classes(self) -> list[tuple[str, str]]:
        """Classes of the readiness index, for the filter bar."""
        return [("", _("Semua kesiapan")), *((one.key, str(one.label)) for one in (*CLASSES, UNTOLD))]

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
        return counted(self.page.total)


class AttentionView:
    """The list of villages that need help: chips by reason, pages, places."""

    def __init__(
        self, here: Territory, found: Attention, filters: Filters, reason: Reason | None, page: int
    ) -> None:
        self.here, self.found, self.filters, self.reason = here, found, filters, reason
        self.page = page
        self.pages = max(1, -(-found.total // ATTENTION_PAGE))

    def url(self, endpoint: str = "province.attention_list", **changes: str | None) -> str:
        """This list with changes; its first page unless `hal` is one of them."""
        query: dict[str, Any] = {
            "kab": self.filters.regency if self.here.level == PROVINCE else "",
            "kec": self.filters.district if self.here.level < DISTRICT else "",
            "alasan": self.reason.value if self.reason else "",
            **changes,
        }
        return url_for(endpoint, **{name: value for name, value in query.items() if value})

    def page_url(self, page: int) -> str:
        """A page of this list by its number."""
        return self.url(hal=str(page) if page > 1 else None)

    @property
    def chips(self) -> list[dict[str, Any]]:
        """Reasons with how many villages have them; a village may have several."""
        every = {
            "label": _("Semua"),
            "url": self.url(alasan=None),
            "current": self.reason is None,
            "count": self.found.everybody,
        }
        return [
            every,
            *(
                {
                    "label": presenting.reason_label(reason),
                    "url": self.url(alasan=reason.value),
                    "current": self.reason == reason,
                    "count": self.found.counts[reason],
                }
                for reason in Reason
            ),
        ]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Reasons, for the filter bar."""
        return [("", _("Semua alasan")), *((r.value, presenting.reason_label(r)) for r in Reason)]

    @property
    def narrowed(self) -> bool:
        """Whether anything was chosen."""
        return self.reason is not None or self.filters.narrowed(self.here)

    @property
    def meaning(self) -> str:
        """When the chosen reason holds; the order of the list when none was chosen."""
        if self.reason is not None:
            return presenting.reason_meaning(self.reason)
        return str(_("Yang alasannya paling banyak di atas, lalu yang paling lama menunggu."))


def counted(total: int) -> str:
    """How many villages of both kinds."""
    return str(
        ngettext("%(count)s desa dan kelurahan", "%(count)s desa dan kelurahan", total, count=number(total))
    )
