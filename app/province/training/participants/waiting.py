"""What waits for a village: invitations without an answer, and tasks. Every page of its staff asks for it.

Redis remembers both numbers for ten minutes; inviting, answering, giving and doing tasks forget them. They are counted
before a page's own work begins, so that no page holds two connections. While Redis is away nothing is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

import redis
from flask import current_app, request
from flask_babel import ngettext
from sqlalchemy import func, select

from app.core.accounts.scoping import platform_rows
from app.core.actors import current_actor
from app.core.capabilities import Task
from app.extensions import cache, db
from app.province.training.events.models import TrainingEvent
from app.province.training.participants import rules
from app.province.training.participants.models import TrainingInvitation, TrainingTask
from tenants.keys import key_of
from tenants.scope import current_tenant, current_tenant_or_none

SECONDS = 600
UNKNOWN = b"?"
BATCH = 1000


def waiting() -> tuple[int, int, int]:
    """Invitations of the present village that wait for an answer, its open tasks, and those that are late.

    At most one select.
    """
    tenant_id = current_tenant().id
    key = _key(tenant_id)
    known = cache.try_ask(partial(_read, key), UNKNOWN)
    if known == UNKNOWN:
        return 0, 0, 0
    if known:
        asked, tasks, late = known.split(b",")
        return int(asked), int(tasks), int(late)
    if db.session().in_transaction():
        return 0, 0, 0
    found = _counted(tenant_id)
    cache.try_ask(partial(_remember, key, found), None)
    return found


def count_before() -> None:
    """Count what waits for a village before a page of its staff begins its own work (before each request)."""
    if current_tenant_or_none() is None or request.endpoint is None or request.method != "GET":
        return
    view = current_app.view_functions.get(request.endpoint)
    stated = getattr(view, "siger_permission", "anonymous")
    is_page = stated != "anonymous" and not request.path.startswith("/api/")
    if is_page and current_actor() is not None:
        waiting()


def waiting_badge() -> int:
    """The number beside the menu's entry."""
    asked, tasks, _late = waiting()
    return asked + tasks


def forget_waiting(tenant_ids: Sequence[UUID]) -> None:
    """Say, after a commit, that these villages' numbers changed."""
    keys = [_key(tenant_id) for tenant_id in tenant_ids]
    for start in range(0, len(keys), BATCH):
        cache.try_ask(partial(_forget, keys[start : start + BATCH]), None)


TASKS = (
    Task(
        "training_invitations",
        lambda: waiting()[0],
        lambda n: str(
            ngettext(
                "%(num)d undangan pelatihan belum dijawab", "%(num)d undangan pelatihan belum dijawab", n
            )
        ),
        "village_training.index",
        "training.register",
        "graduation-cap",
        order=62,
    ),
    Task(
        "training_tasks",
        lambda: waiting()[1] - waiting()[2],
        lambda n: str(ngettext("%(num)d tugas sesudah pelatihan", "%(num)d tugas sesudah pelatihan", n)),
        "village_training.tasks",
        "training.register",
        "list-checks",
        order=63,
    ),
    Task(
        "training_tasks_late",
        lambda: waiting()[2],
        lambda n: str(
            ngettext(
                "%(num)d tugas sesudah pelatihan terlambat", "%(num)d tugas sesudah pelatihan terlambat", n
            )
        ),
        "village_training.tasks",
        "training.register",
        "list-checks",
        order=64,
        is_late=True,
    ),
)
"""What waits for a village's staff on their start page."""


def _counted(tenant_id: UUID) -> tuple[int, int, int]:
    today = rules.today()
    asked = (
        select(func.count())
        .select_from(TrainingInvitation)
        .join(TrainingEvent, TrainingEvent.id == TrainingInvitation.event_id)
        .where(
            TrainingInvitation.tenant_id == tenant_id,
            TrainingInvitation.answer == "none",
            TrainingEvent.state == "open",
            func.coalesce(TrainingEvent.registration_until, TrainingEvent.starts_on) >= today,
        )
        .scalar_subquery()
    )
    mine = (TrainingTask.tenant_id == tenant_id, TrainingTask.state == "open")
    tasks = select(func.count()).where(*mine).scalar_subquery()
    late = select(func.count()).where(*mine, TrainingTask.due_on < today).scalar_subquery()
    with platform_rows():
        row = db.session.execute(select(asked, tasks, late)).one()
    return int(row[0]), int(row[1]), int(row[2])


def _read(key: str, client: redis.Redis) -> bytes:
    known = client.get(key)
    return known if isinstance(known, bytes) else b""


def _remember(key: str, found: tuple[int, int, int], client: redis.Redis) -> None:
    client.set(key, ",".join(map(str, found)), ex=SECONDS)


def _forget(keys: Sequence[str], client: redis.Redis) -> None:
    client.delete(*keys)


def _key(tenant_id: UUID) -> str:
    return key_of(tenant_id, "training")
