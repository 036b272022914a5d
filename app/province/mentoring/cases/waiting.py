"""What every page shows of mentoring without asking the database: a village's mentor and what waits for whom.

A village's facts (its mentor, how many of its cases have something new) are kept in Redis for ten minutes and are
read before a page's own work begins, in one select when they are not known; a page that is drawn while a transaction
is open, or while Redis is away, goes without. What waits for an officer or a mentor is counted when it changes and
when their own pages of mentoring are opened, never by other pages.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import redis
from flask import current_app, g, request
from flask_babel import ngettext
from sqlalchemy import and_, event, func, or_, select
from sqlalchemy.orm import Session

from app.core.accounts.models import Account
from app.core.accounts.scoping import platform_rows
from app.core.actors import current_actor
from app.core.blueprints import AudienceBlueprint
from app.extensions import cache, db
from app.province.mentoring.cases.mentors import at_work
from app.province.mentoring.cases.models import Mentor, MentoringCase, MentoringEntry, MentorVillage
from app.province.mentoring.cases.people import Helper
from app.province.mentoring.cases.words import ENDED
from tenants.keys import key_of, platform_key
from tenants.models import TenantRow
from tenants.scope import current_tenant, current_tenant_or_none

SECONDS = 600
OFFICER_SECONDS = 7 * 86400
UNSEEN = ("note", "priority")
"""Kinds of lines that a village is not shown."""


@dataclass(frozen=True, slots=True)
class VillageFacts:
    """What a village's pages show of mentoring."""

    mentor: str = ""
    phone: str = ""
    unread: int = 0
    email: str = ""


def village_facts() -> VillageFacts | None:
    """The present village's facts as this page may show them, None where they are not known; asks Redis at most."""
    if "mentoring_facts" not in g:
        g.mentoring_facts = _remembered(current_tenant().id)
    found: VillageFacts | None = g.mentoring_facts
    return found


def read_before() -> None:
    """Learn a village's facts before a page of its staff begins its own work (before each request)."""
    tenant = current_tenant_or_none()
    if tenant is None or request.endpoint is None or request.method != "GET" or not is_page():
        return
    if current_actor() is None:
        return
    found = _remembered(tenant.id)
    if found is None and not db.session().in_transaction() and _is_there():
        found = _asked(tenant.id)
        cache.try_ask(partial(_keep, _key(tenant.id), json.dumps(asdict(found)), SECONDS), None)
    g.mentoring_facts = found


def refresh_village() -> None:
    """Count the present village's facts anew, after a page changed them and before it is drawn (one select).

    Where a transaction is open the next page does it.
    """
    tenant_id = current_tenant().id
    if not db.session().in_transaction() and _is_there():
        found = _asked(tenant_id)
        cache.try_ask(partial(_keep, _key(tenant_id), json.dumps(asdict(found)), SECONDS), None)
        g.mentoring_facts = found


def is_page() -> bool:
    """Whether the present request is for a page of people at work (none of residents or of everybody)."""
    blueprint = current_app.blueprints.get(request.blueprint or "") if request else None
    return isinstance(blueprint, AudienceBlueprint) and blueprint.audience in ("village", "shared")


def unread_badge() -> int:
    """The number beside a village's menu entry."""
    facts = village_facts()
    return facts.unread if facts else 0


def forget_villages(tenant_ids: Iterable[uuid.UUID]) -> None:
    """Say in the open transaction that these villages' facts change with it."""
    after_commit(partial(forget_now, list(tenant_ids)))


def forget_now(tenant_ids: Sequence[uuid.UUID]) -> None:
    """Say that these villages' facts changed."""
    keys = [_key(one) for one in tenant_ids]
    if keys:
        cache.try_ask(lambda client: client.delete(*keys), None)
    g.pop("mentoring_facts", None)


def after_commit(function: Callable[[], Any]) -> None:
    """Call `function` once the open transaction is committed."""

    def call(_session: Session) -> None:
        function()

    event.listen(db.session(), "after_commit", call, once=True)


def unread_by_village() -> Any:
    """The condition that a case has something that its village has not read."""
    seen = MentoringCase.village_read_at
    return (
        select(MentoringEntry.id)
        .where(
            MentoringEntry.case_id == MentoringCase.id,
            MentoringEntry.side != "village",
            MentoringEntry.kind.not_in(UNSEEN),
            or_(seen.is_(None), MentoringEntry.at > seen),
        )
        .exists()
    )


def unread_by_programme() -> Any:
    """The condition that a case has something of its village that nobody of the programme has read."""
    seen = MentoringCase.mentor_read_at
    return (
        select(MentoringEntry.id)
        .where(
            MentoringEntry.case_id == MentoringCase.id,
            MentoringEntry.side == "village",
            or_(seen.is_(None), MentoringEntry.at > seen),
        )
        .exists()
    )


def count_for(helper: Helper) -> int:
    """How many cases wait for somebody of the programme (one select, inside a platform scope).

    For a mentor: own ones that are new or that the village wrote in. For an officer: those of the own office that no
    mentor has, or that were raised to it, until somebody took them up.
    """
    open_ = MentoringCase.state.not_in(ENDED)
    fresh = or_(MentoringCase.state == "open", unread_by_programme())
    if helper.level is None:
        mine: Any = MentoringCase.mentor_id == helper.account_id
    else:
        raised = or_(MentoringCase.mentor_id.is_(None), MentoringCase.escalated_at.is_not(None))
        inside = TenantRow.code.startswith(f"{helper.region_code}.", autoescape=True)
        mine = and_(MentoringCase.level == helper.level, raised, inside)
    query = (
        select(func.count())
        .select_from(MentoringCase)
        .join(TenantRow, TenantRow.id == MentoringCase.tenant_id)
        .where(open_, fresh, mine)
    )
    return db.session.scalar(query) or 0


def refresh(helpers: Iterable[Helper]) -> None:
    """Count anew what waits for these people, with what the open transaction wrote; shown once it is committed."""
    for helper in helpers:
        kept = partial(_keep, _own_key(helper.account_id), str(count_for(helper)), OFFICER_SECONDS)
        after_commit(partial(cache.try_ask, kept, None))


def refresh_own() -> None:
    """Count anew what waits for the one who acts (on pages of mentoring, inside a platform scope; one select)."""
    actor = current_actor()
    if actor is None or actor.region_code is None:
        return
    level = None if "mentor" in actor.role_codes else actor.region_code.count(".") + 1
    count = count_for(Helper(actor.account_id, actor.name, actor.email, actor.region_code, level))
    cache.try_ask(partial(_keep, _own_key(actor.account_id), str(count), OFFICER_SECONDS), None)


def own_badge() -> int:
    """The number beside the menu's entry on the province's host; asks Redis alone."""
    actor = current_actor()
    if actor is None:
        return 0
    key = _own_key(actor.account_id)
    known = cache.try_ask(lambda client: client.get(key), None)
    return int(known) if isinstance(known, bytes) and known.isdigit() else 0


def _is_there() -> bool:
    """Whether Redis answers: while it is away no page asks the database for what it could not keep."""
    return bool(cache.try_ask(lambda client: client.ping(), False))


def _asked(tenant_id: uuid.UUID) -> VillageFacts:
    unread = (
        select(func.count())
        .select_from(MentoringCase)
        .where(MentoringCase.tenant_id == tenant_id, MentoringCase.state != "closed", unread_by_village())
        .scalar_subquery()
    )
    mentor = (
        select(
            Account.name,
            Account.email,
            func.coalesce(func.nullif(Mentor.phone, ""), Account.phone).label("phone"),
        )
        .join(Mentor, Mentor.account_id == Account.id)
        .join(MentorVillage, MentorVillage.mentor_id == Mentor.account_id)
        .where(MentorVillage.tenant_id == tenant_id, at_work())
        .subquery()
    )
    query = (
        select(mentor.c.name, mentor.c.phone, unread, mentor.c.email)
        .select_from(TenantRow)
        .outerjoin(mentor, TenantRow.id == tenant_id)
        .where(TenantRow.id == tenant_id)
    )
    with platform_rows():
        name, phone, count, email = db.session.execute(query).one()
    return VillageFacts(name or "", phone or "", count, email or "")


def _remembered(tenant_id: uuid.UUID) -> VillageFacts | None:
    known = cache.try_ask(lambda client: client.get(_key(tenant_id)), None)
    if not isinstance(known, bytes):
        return None
    try:
        return VillageFacts(**json.loads(known))
    except (ValueError, TypeError):
        return None


def _keep(key: str, value: str, seconds: int, client: redis.Redis) -> None:
    client.set(key, value, ex=seconds)


def _key(tenant_id: uuid.UUID) -> str:
    return key_of(tenant_id, "mentoring")


def _own_key(account_id: uuid.UUID) -> str:
    return platform_key("mentoring", "waiting", str(account_id))


def unread_words(count: int) -> str:
    """What waits for a village's staff, on their start page."""
    return str(
        ngettext(
            "%(num)d kasus pendampingan punya kabar baru",
            "%(num)d kasus pendampingan punya kabar baru",
            count,
        )
    )
