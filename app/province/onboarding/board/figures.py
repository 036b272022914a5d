"""How long applications take, step by step and state by state, and where people give up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, DateTime, and_, case, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB

from app.core.ui.formats import ZONE
from app.extensions import db
from app.province.onboarding.applications.models import Application, ApplicationEvent
from app.province.onboarding.applications.steps import KEYS as WIZARD
from app.province.onboarding.applications.steps import SUMMARY
from app.province.onboarding.board.queries import seen
from app.province.onboarding.board.words import STATES, setup_word, step_word
from app.province.onboarding.setup.models import VillageSetup
from app.province.onboarding.setup.words import STEP_WORDS as SETUP
from app.province.regions import within
from tenants.models import TenantRow, now

LEFT_AFTER = dt.timedelta(days=7)
"""An application that is not sent in and was not touched for so long counts as given up."""
DECIDED = ("approved", "provisioned", "live")
CLOSED = ("rejected", "withdrawn", "outrun", "expired")
DEFAULT_DAYS = 90
TIMED_STATES = ("draft", "confirming", "submitted", "returned", "approved", "provisioned")
OFFICE_STATES = ("approved", "provisioned")
CONFIRMING = "confirming"
OFFICE_STAGES = ("submitted", "approved", "provisioned", "live")
STRAIGHT_IN = "bulk"
"""Who came on this route never walked the wizard nor waited for a decision: a workbook puts in and approves at once."""
WALKED = Application.route != STRAIGHT_IN


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which applications are counted: begun on these days, in a region, on a route."""

    since: dt.date
    until: dt.date
    region: str = ""
    route: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """How long something took: seconds, half of them at most `median`, nine of ten at most `p90`."""

    label: str
    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the way: who reached it, who gave up there, out of how many that began."""

    label: str
    reached: int
    left: int
    began: int

    @property
    def share(self) -> float:
        """Of those who began, how many reached it (0 to 1)."""
        return self.reached / self.began if self.began else 0.0


@dataclass(frozen=True, slots=True)
class Funnel:
    """The stages; `straight_in` of the applications never walked the wizard and come in where it ends."""

    stages: list[Stage]
    straight_in: int

    @property
    def has_wizard(self) -> bool:
        """Whether its first stage is the wizard's."""
        return len(self.stages) > len(OFFICE_STAGES)


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One kabupaten's or route's applications: `decided` is the median of seconds until the office decided on those
    that waited for it."""

    key: str
    label: str
    began: int
    submitted: int
    approved: int
    live: int
    decided: float | None


def usual_period(moment: dt.datetime | None = None) -> tuple[dt.date, dt.date]:
    """The last ninety days."""
    today = (moment or now()).astimezone(ZONE).date()
    return today - dt.timedelta(days=DEFAULT_DAYS), today


def step_times(wanted: Wanted) -> list[Taken]:
    """How long each step of the wizard takes, from the one before (one select)."""
    found = _times_of("step", wanted, Application.created_at)
    return [_taken(step_word(key), found[key]) for key in WIZARD if key in found]


def setup_times(wanted: Wanted) -> list[Taken]:
    """How long each step of a village's set-up takes, from the one before it in time (one select)."""
    found = _times_of("setup", wanted, Application.provisioned_at)
    return [_taken(setup_word(key), found[key]) for key in SETUP if key in found]


def setup_stages(wanted: Wanted) -> list[Stage]:
    """How many villages did each step of their set-up, and at which they stopped (one select).

    Those count whose set-up is done here: they have their data space, or noted a step. A village that is not live and
    took no step for a week, whatever else it did, stopped at its first step that is open.
    """
    application = Application
    prepared = application.state.in_(("provisioned", "live"))
    steps = func.coalesce(VillageSetup.steps, cast({}, JSONB))
    is_open = {
        key: func.coalesce(steps[key]["state"].astext, "open").in_(("open", "started")) for key in SETUP
    }
    moved = func.greatest(
        func.coalesce(application.provisioned_at, application.state_since),
        *(cast(func.nullif(steps[key]["at"].astext, ""), DateTime(timezone=True)) for key in SETUP),
    )
    stopped = and_(application.state == "provisioned", moved < now() - LEFT_AFTER)
    first_open = case(*((condition, key) for key, condition in is_open.items()), else_="")
    query = (
        select(
            func.count(),
            *(func.count(case((steps[key]["state"].astext == "done", 1))) for key in SETUP),
            *(func.count(case((and_(stopped, first_open == key), 1))) for key in SETUP),
        )
        .select_from(application)
        .join(TenantRow, TenantRow.id == application.tenant_id)
        .outerjoin(VillageSetup, VillageSetup.tenant_id == application.tenant_id)
        .where(_chosen(wanted), prepared)
        .where(or_(TenantRow.schema_name.is_not(None), VillageSetup.tenant_id.is_not(None)))
    )
    began, *counted = db.session.execute(query).one()
    done, left = counted[: len(SETUP)], counted[len(SETUP) :]
    return (
        [Stage(setup_word(key), done[at], left[at], began) for at, key in enumerate(SETUP)] if began else []
    )


def state_times(wanted: Wanted) -> list[Taken]:
    """How long applications stand in each state, those that have left it (one select).

    What a workbook approved in the moment in which it put it in waited for nobody: only what comes after counts.
    """
    event = ApplicationEvent
    following = func.lead(event.at).over(partition_by=event.application_id, order_by=(event.at, event.id))
    each = (
        select(event.key, (following - event.at).label("took"))
        .join(Application, Application.id == event.application_id)
        .outerjoin(TenantRow, TenantRow.id == Application.tenant_id)
        .where(_chosen(wanted), event.kind == "state", or_(WALKED, event.key.in_(OFFICE_STATES)))
        .subquery()
    )
    found = _timed(each.c.key, each.c.took, each)
    return [_taken(str(STATES[key].label), found[key]) for key in TIMED_STATES if key in found]


def funnel(wanted: Wanted) -> Funnel:
    """From the first page of the wizard to the day on which the village is live, who gives up where (one select).

    Every application stands at one stage: one that was not sent in at the first step that still needs something, the
    others where they wait. It reached that stage and all before it, and if it was given up or closed it stopped there,
    so who neither stopped at a stage nor reached the next one is still on the way. What never walked the wizard joins
    where it ends: the wizard's stages are shares of who began there, those of the office of all.
    """
    application = Application
    was_sent = or_(
        application.state == "confirming",
        and_(application.step == SUMMARY, application.confirm_asked_at.is_not(None)),
    )
    stands = case(
        (application.state.in_(DECIDED), application.state),
        (or_(application.submitted_at.is_not(None), ~WALKED), "submitted"),
        (was_sent, "confirming"),
        else_=application.step,
    )
    left = or_(
        application.state.in_(CLOSED),
        and_(application.state.in_(("draft", "confirming")), application.updated_at < now() - LEFT_AFTER),
    )
    query = (
        select(stands, func.count(), func.count(case((left, 1))), func.count(case((~WALKED, 1))))
        .outerjoin(TenantRow, TenantRow.id == application.tenant_id)
        .where(_chosen(wanted))
        .group_by(stands)
    )
    found = {row[0]: (row[1], row[2], row[3]) for row in db.session.execute(query)}
    everybody = sum(count for count, _left, _straight in found.values())
    straight_in = sum(straight for _count, _left, straight in found.values())
    began = reached = everybody - straight_in
    stages = []
    for key in (*WIZARD, CONFIRMING, *OFFICE_STAGES):
        if key == OFFICE_STAGES[0]:
            reached, began = reached + straight_in, everybody
        here, stopped, _straight = found.get(key, (0, 0, 0))
        stages.append(Stage(_stage_label(key), reached, stopped, began))
        reached -= here
    is_straight = everybody > 0 and straight_in == everybody
    return Funnel(stages[-len(OFFICE_STAGES) :] if is_straight else stages, straight_in)


def by_regency(wanted: Wanted) -> list[PlaceLine]:
    """The same by kabupaten/kota, most applications first (one select)."""
    return _grouped(wanted, TenantRow.regency_code, func.max(TenantRow.regency_name))


def by_route(wanted: Wanted) -> list[PlaceLine]:
    """The same by the way on which villages came (one select)."""
    return _grouped(wanted, Application.route, func.max(Application.route))


def _stage_label(key: str) -> str:
    labels = {
        CONFIRMING: _("Memastikan surel"),
        "submitted": _("Diajukan ke kantor"),
        "approved": _("Disetujui"),
        "provisioned": _("Situs disiapkan"),
        "live": _("Sudah tayang"),
    }
    return str(labels[key]) if key in labels else step_word(key)


def _grouped(wanted: Wanted, key: Any, label: Any) -> list[PlaceLine]:
    took = func.extract("epoch", Application.decided_at - Application.submitted_at)
    decided = func.percentile_cont(0.5).within_group(
        case((and_(WALKED, Application.decided_at >= Application.submitted_at), took))
    )
    query = (
        select(
            key, label, func.count(), func.count(Application.submitted_at),
            func.count(case((Application.state.in_(("approved", "provisioned", "live")), 1))),
            func.count(Application.live_at), decided,
        )
        .outerjoin(TenantRow, TenantRow.id == Application.tenant_id)
        .where(_chosen(wanted), key.is_not(None))
        .group_by(key)
        .order_by(func.count().desc(), key)
    )  # fmt: skip
    return [PlaceLine(*row) for row in db.session.execute(query)]


def _times_of(kind: str, wanted: Wanted, begun: Any) -> Mapping[str, Sequence[Any]]:
    """How long steps of a kind take since whatever came before them, be it a step or a change of state."""
    event = ApplicationEvent
    before = func.lag(event.at).over(partition_by=event.application_id, order_by=(event.at, event.id))
    every = (
        select(event.kind, event.key, (event.at - func.coalesce(before, begun)).label("took"))
        .join(Application, Application.id == event.application_id)
        .outerjoin(TenantRow, TenantRow.id == Application.tenant_id)
        .where(_chosen(wanted), event.kind.in_((kind, "state")))
        .subquery()
    )
    each = select(every.c.key, every.c.took).where(every.c.kind == kind).subquery()
    return _timed(each.c.key, each.c.took, each)


def _timed(key: Any, took: Any, source: Any) -> Mapping[str, Sequence[Any]]:
    seconds = func.extract("epoch", took)
    query = (
        select(
            key,
            func.count(),
            func.percentile_cont(0.5).within_group(seconds),
            func.percentile_cont(0.9).within_group(seconds),
        )
        .select_from(source)
        .where(took.is_not(None))
        .group_by(key)
    )
    return {row[0]: row[1:] for row in db.session.execute(query)}


def _taken(label: str, found: Sequence[Any]) -> Taken:
    return Taken(label, found[0], found[1], found[2])


def _chosen(wanted: Wanted) -> ColumnElement[bool]:
    first = dt.datetime.combine(wanted.since, dt.time(), ZONE)
    behind = dt.datetime.combine(wanted.until + dt.timedelta(days=1), dt.time(), ZONE)
    return and_(
        seen(),
        Application.created_at >= first,
        Application.created_at < behind,
        within(wanted.region) if wanted.region else true(),
        Application.route == wanted.route if wanted.route else true(),
    )
