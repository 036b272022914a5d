"""A past for the demo's villages: what their staff did in the last months, so that the province has something to see.

Nothing is written into the screens: the history is written into the villages' logs, each entry marked as an example
(`demo` in its details), and states and figures are then computed out of it as they are out of real work.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from app.core import audit
from app.core.accounts.models import Account, Membership
from app.core.audit.chain import present_chain
from app.core.audit.models import PlatformAuditEntry, TenantAuditEntry, TenantAuditSeal
from app.core.indicators import adoption
from app.core.indicators.declarations import ZONE, Value, months_before, period_of
from app.core.indicators.services import refresh_village, write_values
from app.core.indicators.states import ACTIVE_DAYS, DORMANT_DAYS, ESTABLISHED_WEEKS, read_activity, state_for
from app.core.village import queries, setup
from app.core.village.models import Official, SubArea
from app.extensions import db
from tenants import outbox
from tenants.ids import uuid7_at
from tenants.models import TenantRow, TenantState, now
from tenants.registry import as_tenant, hosts_changed
from tenants.scope import Tenant, platform_scope, tenant_scope

MARK = {"demo": True}
OF_OFFICIALS = ("official.changed", "official.changed", "official.moved")
OF_AREAS = ("sub_area.changed",)
OF_SETTINGS = ("village.identity_changed", "village.hours_changed")
MAY = {"secretary": (*OF_OFFICIALS, *OF_AREAS, *OF_SETTINGS), "operator": (*OF_OFFICIALS, *OF_AREAS)}
"""What each role may do in a village, as far as there is anything to do; other roles have nothing to do yet."""
STEPS_BY_HAND = ("words", "hours", "capabilities")
COLLEAGUES = (
    "Anton Wijaya", "Erna Susilowati", "Fajar Nugroho", "Indah Permata", "Khoirul Anam", "Linda Astuti", "M. Ridwan",
    "Novita Sari", "Panji Saputra", "Ratih Kumala", "Samsul Bahri", "Titin Suhartini",
)  # fmt: skip
JOINING = {TenantState.APPROVED: 1, TenantState.APPLIED: 12, TenantState.INVITED: 31}
"""How many villages of the same kabupaten are on their way, besides those that have their schema."""


@dataclass(frozen=True, slots=True)
class Story:
    """How a village took to it: provisioned and live so many days ago, and the weeks in which anybody worked."""

    provisioned: int
    live: int | None
    weeks: tuple[int, ...]


STORIES = {
    "established": Story(210, 180, (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11)),
    "steady": Story(150, 128, (0, 1, 2, 4, 5, 6, 7, 9, 10)),
    "young": Story(70, 38, (0, 1, 3, 4)),
    "waiting": Story(60, 25, (2, 3)),
    "silent": Story(190, 150, (6, 7, 9)),
    "begun": Story(33, None, (3,)),
}
ORDER = (
    "established", "young", "steady", "begun", "established", "waiting", "steady", "silent", "young", "established",
    "steady",
)  # fmt: skip
FOREMOST = ("gisting-atas", "negara-batin-way-kanan")
"""Villages that are shown first have been at it the longest."""


def seed_adoption(rows: Sequence[TenantRow]) -> int:
    """Give the demo's villages a past, those that have none yet; return how many got one.

    Runs outside of any scope and commits village by village. A village whose log is sealed already keeps it as it is.
    """
    told = 0
    for number, row in enumerate(rows):
        story = "established" if row.slug in FOREMOST else ORDER[number % len(ORDER)]
        if tell_past(row, STORIES[story], COLLEAGUES[number % len(COLLEAGUES)]):
            told += 1
    with platform_scope():
        if told:
            joining = _let_others_join({row.regency_code for row in rows})
            details = {**MARK, "villages": told, **joining}
            audit.record("demo.history_written", object_type="demo", summary=f"{told}", details=details)
        db.session.commit()
    if told:
        hosts_changed()
    return told


def tell_past(row: TenantRow, story: Story, colleague: str) -> bool:
    """Give one village a past; False when it has one already. Commits."""
    with platform_scope():
        fresh = db.session.get_one(TenantRow, row.id)
        tenant, untold = as_tenant(fresh), fresh.live_at is None and fresh.last_activity_at is None
    if not untold:
        return False
    chance = random.Random(row.code)
    with tenant_scope(tenant):
        if db.session.scalar(select(TenantAuditSeal.seq).limit(1)) is not None:
            return False
    people = _people(tenant, story, colleague)
    with tenant_scope(tenant):
        objects = {
            "official": list(db.session.scalars(select(Official.name).order_by(Official.sort_order))),
            "sub_area": list(db.session.scalars(select(SubArea.name).where(SubArea.kind == "sub_area"))),
        }
        for moment in sorted(_moments(story, chance)):
            who, role = chance.choice(people)
            action = chance.choice(MAY[role])
            kind = action.partition(".")[0]
            db.session.add(
                TenantAuditEntry(
                    id=uuid7_at(moment), at=moment, actor_id=who.id, actor_name=who.name, action=action,
                    object_type=kind, summary=chance.choice(objects.get(kind) or [""]), details=MARK,
                )
            )  # fmt: skip
            db.session.flush()
        if story.live is not None:
            _tick_steps(now() - dt.timedelta(days=story.live), people[0][0])
        outbox.post("audit", {})
        db.session.commit()
    _set_dates(tenant, story)
    _tell_states(tenant, story)
    refresh_village(tenant)
    _past_months(tenant, story)
    return True


def _tick_steps(live_at: dt.datetime, who: Account) -> None:
    """Let somebody have looked at the steps that are done by looking, just before the village went live."""
    profile = queries.profile_for_change()
    profile.steps_done = [*profile.steps_done, *(s for s in STEPS_BY_HAND if s not in profile.steps_done)]
    for number, step in enumerate(STEPS_BY_HAND):
        at = live_at - dt.timedelta(minutes=2 * (len(STEPS_BY_HAND) - number))
        db.session.add(
            TenantAuditEntry(
                id=uuid7_at(at), at=at, actor_id=who.id, actor_name=who.name, action="village.step_done",
                object_type="village", summary=step, details=MARK,
            )
        )  # fmt: skip


def _people(tenant: Tenant, story: Story, colleague: str) -> list[tuple[Account, str]]:
    """Those who keep the village's records, with their role; a village that is live has at least two."""
    with platform_scope():
        query = (
            select(Account, Membership.role)
            .join(Membership, Membership.account_id == Account.id)
            .where(Membership.tenant_id == tenant.id, Membership.role.in_(MAY))
            .order_by(Membership.created_at)
        )
        people = [(account, role) for account, role in db.session.execute(query)]
        if len(people) < 2 and story.live is not None:
            login = f"operator.{tenant.slug}@siger.test"
            person = Account(email=login, name=colleague, created_at=now() - dt.timedelta(days=story.live))
            db.session.add(person)
            db.session.flush()
            db.session.add(Membership(account_id=person.id, tenant_id=tenant.id, role="operator"))
            people.append((person, "operator"))
        db.session.commit()
        db.session.expunge_all()
    return people


def _moments(story: Story, chance: random.Random) -> Iterator[dt.datetime]:
    """Working hours on working days of the story's weeks; the present week ends an hour ago."""
    moment = now()
    for week in story.weeks:
        for _ in range(chance.randint(2, 6)):
            day = (moment - dt.timedelta(days=7 * week + chance.randint(0, 5))).astimezone(ZONE)
            day -= dt.timedelta(days=max(0, day.weekday() - 4))
            at = day.replace(
                hour=chance.randint(8, 14), minute=chance.randint(0, 59), second=chance.randint(0, 59)
            )
            yield min(at.astimezone(dt.UTC), moment - dt.timedelta(hours=1))


def _set_dates(tenant: Tenant, story: Story) -> None:
    """Say since when the village is there, and when its people signed in last."""
    moment = now()
    live_at = moment - dt.timedelta(days=story.live) if story.live is not None else None
    values = {"provisioned_at": moment - dt.timedelta(days=story.provisioned), "live_at": live_at}
    last = moment - dt.timedelta(days=7 * min(story.weeks), hours=2)
    with platform_scope():
        db.session.execute(update(TenantRow).where(TenantRow.id == tenant.id).values(**values))
        staff = select(Membership.account_id).where(Membership.tenant_id == tenant.id)
        db.session.execute(
            update(Account)
            .where(Account.id.in_(staff), Account.last_sign_in_at.is_(None))
            .values(last_sign_in_at=last)
        )
        db.session.commit()


def _tell_states(tenant: Tenant, story: Story) -> None:
    """Bring the village into the state that follows from its past, each change dated and logged at its own time."""
    moment = now()
    with tenant_scope(tenant):
        done, steps = setup.setup_progress()
        activity = read_activity(moment, done / steps)
    with platform_scope():
        row = db.session.scalars(select(TenantRow).where(TenantRow.id == tenant.id).with_for_update()).one()
        row.last_activity_at = activity.last
        final = state_for(row, activity, moment)
        row.state_since = moment - dt.timedelta(days=story.provisioned)
        for state, at in _path(row.live_at, final, activity.last or moment, moment):
            _move(row, state, at)
        db.session.commit()


def _path(
    live_at: dt.datetime | None, final: TenantState, last: dt.datetime, moment: dt.datetime
) -> Iterator[tuple[TenantState, dt.datetime]]:
    """The states after being provisioned, with the moments in which they were reached; ends with `final`."""
    if live_at is None:
        return
    reached = [(TenantState.SET_UP, live_at), (TenantState.ACTIVE, live_at + dt.timedelta(days=1))]
    if final is TenantState.ESTABLISHED:
        reached.append((final, live_at + dt.timedelta(weeks=ESTABLISHED_WEEKS)))
    elif final is not TenantState.ACTIVE:
        reached.append((TenantState.SET_UP, last + dt.timedelta(days=ACTIVE_DAYS)))
    if final is TenantState.DORMANT:
        reached.append((final, last + dt.timedelta(days=DORMANT_DAYS)))
    yield from ((state, min(at, moment)) for state, at in reached)


def _move(row: TenantRow, state: TenantState, at: dt.datetime) -> None:
    """Put a locked row into a state as of `at`, and say so in the platform's log as of then.

    A log that is sealed already takes no entries of long ago, so there the row alone tells.
    """
    details = {"before": {"state": row.state}, "after": {"state": state.value}, **MARK}
    if present_chain().head() is None:
        db.session.add(
            PlatformAuditEntry(
                id=uuid7_at(at), at=at, action="village.state_changed", object_type="village", object_id=str(row.id),
                summary=f"{row.term} {row.name}", details=details, tenant_id=row.id,
            )
        )  # fmt: skip
    row.state_before, row.state, row.state_since = row.state, state, at
    db.session.flush()


def _past_months(tenant: Tenant, story: Story) -> None:
    """Write for each month since the village was provisioned whether it was live at its end."""
    moment = now()
    begun = moment - dt.timedelta(days=story.provisioned)
    live_at = moment - dt.timedelta(days=story.live) if story.live is not None else None
    this_month = period_of(moment).first
    with platform_scope():
        for ago in range(1, 13):
            first = months_before(this_month, ago)
            period = period_of(dt.datetime.combine(first, dt.time(12), ZONE))
            if period.end < begun:
                break
            at_end = period_of(period.end - dt.timedelta(seconds=1))
            was_live = live_at is not None and live_at < period.end
            write_values(tenant.id, at_end, {adoption.LIVE: Value(float(was_live))})
        db.session.commit()


def _let_others_join(regencies: set[str]) -> dict[str, int]:
    """Put some neighbours on their way: invited, applied, approved (their people's decisions, here made up)."""
    chance = random.Random("joining")
    query = (
        select(TenantRow)
        .where(TenantRow.regency_code.in_(regencies), TenantRow.state == TenantState.LISTED)
        .order_by(func.md5(TenantRow.code))
    )
    waiting = iter(list(db.session.scalars(query)))
    for state, count in JOINING.items():
        for _ in range(count):
            row = next(waiting, None)
            if row is None:
                break
            since = now() - dt.timedelta(days=chance.randint(1, 40), minutes=chance.randint(0, 600))
            _move(row, state, since)
    return {state.value: count for state, count in JOINING.items()}
