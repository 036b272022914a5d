"""The screens of the log: a village's at /pengaturan/audit, the province's at /audit."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.actors import current_actor
from app.core.audit import queries
from app.core.audit.actions import described_actions
from app.core.audit.presenting import shown
from app.core.audit.queries import Direction, Filter, LogPage
from app.core.blueprints import AudienceBlueprint
from app.core.capabilities import MenuEntry
from app.core.permissions import requires

village_log = AudienceBlueprint("audit", __name__, audience="village", url_prefix="/pengaturan/audit")
platform_log = AudienceBlueprint("platform_audit", __name__, audience="province", url_prefix="/audit")

MENU = (
    MenuEntry("village", _l("Pengaturan"), _l("Catatan audit"), "audit.index", "clipboard-list", "audit.view", 90),
    MenuEntry(
        "province", _l("Platform"), _l("Catatan audit"), "platform_audit.index", "clipboard-list",
        "platform_audit.view", 90,
    ),
)  # fmt: skip

MAX_NAME = 100


@village_log.get("")
@requires("audit.view")
def index() -> str:
    """The village's log, with what the platform noted about the village."""
    chosen, wrong = _filter()
    page = queries.village_page(chosen, *_cursor())
    return _render("audit/village.html", "audit.index", chosen, wrong, page, "village")


@platform_log.get("", endpoint="index")
@requires("platform_audit.view")
def platform_index() -> str:
    """The platform's log; officers of a region see the entries about their villages."""
    chosen, wrong = _filter()
    actor = current_actor()
    region = queries.of_region(
        actor.region_code if actor else None, current_app.config["SETTINGS"].province_code
    )
    page = queries.platform_page(region, chosen, *_cursor())
    return _render("audit/province.html", "platform_audit.index", chosen, wrong, page, "province")


def _render(template: str, endpoint: str, chosen: Filter, wrong: list[str], page: LogPage, place: Any) -> str:
    kept: dict[str, Any] = {k: v for k, v in request.args.items() if v and k not in ("sebelum", "sesudah")}
    actions = [
        ("", _("Semua tindakan")),
        *((a.code, _first_upper(str(a.label))) for a in described_actions(place)),
    ]
    if chosen.action and chosen.action not in {code for code, _label in actions}:
        actions.append((chosen.action, chosen.action))
    return render_template(
        template,
        filter=chosen,
        wrong=wrong,
        typed=request.args,
        lines=[shown(line) for line in page.lines],
        actions=actions,
        chain=queries.chain_state(),
        index_url=url_for(endpoint),
        is_later_page="sebelum" in request.args or "sesudah" in request.args,
        older_url=url_for(endpoint, **kept, sebelum=page.older) if page.older else None,
        newer_url=url_for(endpoint, **kept, sesudah=page.newer) if page.newer else None,
    )


def _filter() -> tuple[Filter, list[str]]:
    """What was asked for, and sentences about what could not be understood."""
    wrong: list[str] = []

    def day(name: str, sentence: str) -> dt.date | None:
        text = request.args.get(name, "").strip()
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            wrong.append(sentence)
            return None

    first = day("dari", _("Tanggal awal tidak dikenali. Tulis seperti 2026-11-22."))
    last = day("sampai", _("Tanggal akhir tidak dikenali. Tulis seperti 2026-11-22."))
    if first and last and first > last:
        wrong.append(
            _("Tanggal awal lebih baru daripada tanggal akhir, jadi tidak ada catatan di antaranya.")
        )
    chosen = Filter(
        person=_text("orang"),
        action=_text("tindakan"),
        first_day=first,
        last_day=last,
        village_id=_uuid("desa"),
    )
    return chosen, wrong


def _cursor() -> tuple[uuid.UUID | None, Direction]:
    newer = _uuid("sesudah")
    return (newer, "newer") if newer else (_uuid("sebelum"), "older")


def _text(name: str) -> str:
    return request.args.get(name, "").replace("\x00", "").strip()[:MAX_NAME]


def _uuid(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
