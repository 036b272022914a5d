"""Visits of the demo's mentors: planned, written with photos, signed or not; villages' PINs; readers of the guides."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select

from app.core.accounts.models import Account, Membership
from app.core.actors import Actor, acting_as
from app.core.indicators.declarations import ZONE
from app.demo.accounts import FULLY_STAFFED
from app.demo.content import DemoSecrets, DemoVisitPin
from app.demo.mentoring_life import stands
from app.demo.mentoring_stories import HERO, OPINIONS, VISITS
from app.demo.pictures import gathering
from app.demo.training_people import secretary_of
from app.demo.villages import SKETCHES
from app.extensions import db
from app.government.selfservice.accounts.pins import pin_problem
from app.province.knowledge.models import GuideArticle, GuideReading, GuideRemark
from app.province.mentoring.cases.models import MentoringCase, MentoringEntry
from app.province.mentoring.visits import pins
from app.province.mentoring.visits.exif import PhotoSays
from app.province.mentoring.visits.models import MentoringVisit
from app.province.mentoring.visits.photos import Photo, keep
from app.province.mentoring.visits.places import Point, distance
from tenants.ids import uuid7
from tenants.models import TenantRow, now
from tenants.registry import load_tenant
from tenants.scope import platform_scope, tenant_scope

ELSEWHERE = (-5.4292, 105.2611)
"""What one photo says of its place, forty kilometres and more from the village where it is said to be taken."""
MOST = 110


def seed_visits() -> int:
    """Let mentors visit their villages where none did, inside a platform scope; commits. Returns how many visits."""
    if db.session.scalar(select(MentoringVisit.id).limit(1)) is not None:
        return 0
    stand, chance = stands(), random.Random("visits")
    used = select(TenantRow).where(TenantRow.id.in_(stand), TenantRow.live_at.is_not(None))
    rows = sorted(
        db.session.scalars(used.order_by(TenantRow.code)),
        key=lambda row: (row.code not in SKETCHES, chance.random()),
    )[:MOST]
    found: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        for turn, ago in enumerate((chance.randint(3, 18), chance.randint(24, 60), chance.randint(65, 120))):
            if turn == 2 and row.code not in SKETCHES:
                continue
            ago = 3 if row.code == HERO and turn == 0 else ago
            signed = turn > 0 or (row.code != HERO and chance.random() < 0.7)
            found.append(_held(row, stand[row.id], number + turn, ago, signed, chance))
        if number % 3 == 0 or row.code == HERO:
            ahead = 2 if row.code == HERO else chance.randint(1, 12)
            found.append(_planned(row, stand[row.id], number, ahead))
        if number % 11 == 4 and row.code != HERO:
            off = _planned(row, stand[row.id], number, -chance.randint(5, 20))
            found.append(off | {"state": "cancelled", "cancel_reason": "Jalan terputus karena longsor."})
    if found:
        db.session.execute(insert(MentoringVisit), found)
    _on_the_case(found)
    db.session.commit()
    return len(found)


def _held(
    row: TenantRow, mentor: tuple[Any, str], number: int, ago: int, signed: bool, chance: random.Random
) -> dict[str, Any]:
    day = _workday(now().astimezone(ZONE).date() - dt.timedelta(days=ago))
    written = dt.datetime.combine(day, dt.time(10 + number % 4, chance.randint(0, 59)), ZONE).astimezone(
        dt.UTC
    )
    aim, done, following = VISITS[number % len(VISITS)]
    home = SKETCHES[row.code].place if row.code in SKETCHES else None
    here = (
        (home[0] + chance.uniform(-0.004, 0.004), home[1] + chance.uniform(-0.004, 0.004)) if home else None
    )
    offline = dt.timedelta(hours=chance.choice((0, 0, 0, 3, 7)), minutes=2)
    signed_at = written + dt.timedelta(minutes=12) if number % 2 else written + dt.timedelta(days=1, hours=1)
    return _blank(row, mentor, day) | {
        "place": f"Balai {row.term.lower()}", "aim": aim, "done": done, "next_step": following,
        "next_on": day + dt.timedelta(days=30), "latitude": here[0] if here else None,
        "longitude": here[1] if here else None, "accuracy": 14.0 + number % 20 if here else None,
        "kilometres": distance(here, home), "photos": _photos(row, number, written, here, home, chance),
        "state": "signed" if signed else "held", "signed_at": signed_at if signed else None,
        "signed_by": secretary_of(row) if signed else None,
        "signed_way": ("pin" if number % 2 else "account") if signed else None, "written_at": written,
        "sent_at": written + offline,
    }  # fmt: skip


def _planned(row: TenantRow, mentor: tuple[Any, str], number: int, ahead: int) -> dict[str, Any]:
    day = _workday(now().astimezone(ZONE).date() + dt.timedelta(days=ahead), 1)
    return _blank(row, mentor, day) | {
        "place": f"Balai {row.term.lower()}", "aim": VISITS[number % len(VISITS)][0], "state": "planned",
        "sent_at": now() - dt.timedelta(days=2),
    }  # fmt: skip


def _blank(row: TenantRow, mentor: tuple[Any, str], day: dt.date) -> dict[str, Any]:
    return {
        "id": uuid7(), "tenant_id": row.id, "mentor_id": mentor[0], "mentor_name": mentor[1], "visited_on": day,
        "case_id": None, "place": "", "aim": "", "done": "", "next_step": "", "next_on": None, "latitude": None,
        "longitude": None, "accuracy": None, "kilometres": None, "photos": [], "state": "planned",
        "signed_at": None, "signed_by": None, "signed_way": None, "cancel_reason": "", "written_at": None,
        "sent_at": now(),
    }  # fmt: skip


def _workday(day: dt.date, step: int = -1) -> dt.date:
    while day.weekday() > 4:
        day += dt.timedelta(days=step)
    return day


def _photos(
    row: TenantRow,
    number: int,
    at: dt.datetime,
    here: Point | None,
    home: Point | None,
    chance: random.Random,
) -> list[dict[str, object]]:
    """One or two photos of a visit to a village that lives in the demo; one of them says that it was far away."""
    if home is None or here is None:
        return []
    found = []
    for turn in range(1 + number % 2):
        data = gathering((number + turn * 3) % 6)
        place = ELSEWHERE if row.code.endswith(".2003") and turn == 0 and number % 2 else here
        says = PhotoSays(at - dt.timedelta(minutes=chance.randint(5, 50)), *place)
        digest = hashlib.sha256(data + f"{row.code}:{at}:{turn}".encode()).hexdigest()
        found.append(keep(Photo(data, digest, says), home))
    return found


def _on_the_case(found: Sequence[dict[str, Any]]) -> None:
    """A planned visit of the foremost village belongs to its open case; so does a line that says so."""
    query = select(MentoringCase).join(TenantRow, TenantRow.id == MentoringCase.tenant_id)
    case = db.session.scalars(
        query.where(TenantRow.code == HERO, MentoringCase.state == "in_progress").limit(1)
    ).one_or_none()
    if case is None:
        return
    for one in found:
        if one["tenant_id"] == case.tenant_id and one["state"] == "planned":
            visit = db.session.get_one(MentoringVisit, one["id"])
            visit.case_id, visit.aim = case.id, f"Menyelesaikan kasus {case.number}: {case.subject}"
            note = f"Kunjungan direncanakan {visit.visited_on:%d-%m-%Y}; bawa berkas contoh."
            db.session.add(
                MentoringEntry(
                    case_id=case.id, at=now() - dt.timedelta(hours=4), kind="note", side="programme",
                    author_name=one["mentor_name"], body=note,
                )
            )  # fmt: skip


def seed_pins(rows: Sequence[TenantRow], demo: DemoSecrets, base_host: str) -> list[DemoVisitPin]:
    """Let the villages with a whole staff choose a PIN for visits, and tell it. Outside of any scope; commits."""
    told = []
    for row in rows:
        if row.slug not in FULLY_STAFFED:
            continue
        pin = next(
            pin
            for pin in (demo.pin(f"visit:{row.slug}:{n}") for n in range(99))
            if not pin_problem(pin, "", None)
        )
        with platform_scope():
            query = select(Account).join(Membership, Membership.account_id == Account.id)
            where = Membership.tenant_id == row.id, Membership.role == "secretary"
            who = db.session.scalars(query.where(*where).limit(1)).one()
            keeper = Actor(who.id, who.name, who.email, tenant_id=row.id)
        with tenant_scope(load_tenant(row.id)), acting_as(keeper):
            if pins.pin_of(row.id) is None:
                pins.set_pin(pin, pin, by=keeper)
        told.append(DemoVisitPin(pin, f"{row.slug}.{base_host}"))
    return told


def seed_readers() -> int:
    """Let people have read the guides in the last weeks, where nobody has; inside a platform scope; commits."""
    if db.session.scalar(select(GuideReading.article_id).limit(1)) is not None:
        return 0
    chance, today = random.Random("readers"), now().astimezone(ZONE).date()
    found = []
    for article in db.session.scalars(select(GuideArticle).where(GuideArticle.state == "published")):
        liking = chance.uniform(1.5, 9)
        for ago in range(1, 46):
            opened = round(
                chance.random() * liking * (0.2 if (today - dt.timedelta(days=ago)).weekday() > 4 else 1)
            )
            if opened:
                useful = sum(chance.random() < 0.17 for _ in range(opened))
                useless = sum(chance.random() < 0.02 for _ in range(opened))
                found.append({
                    "article_id": article.id, "day": today - dt.timedelta(days=ago), "opened": opened,
                    "useful": useful, "useless": useless,
                })  # fmt: skip
    if not found:
        return 0
    db.session.execute(insert(GuideReading), found)
    ids = {row.slug: row.id for row in db.session.execute(select(GuideArticle.slug, GuideArticle.id))}
    villages = list(db.session.scalars(select(TenantRow.id).where(TenantRow.code.startswith("18.06.20."))))
    db.session.add_all(
        GuideRemark(
            article_id=ids[slug], tenant_id=villages[number % len(villages)], words=words,
            at=now() - dt.timedelta(days=3 + 5 * number),
        )
        for number, (slug, words) in enumerate(OPINIONS)
        if slug in ids
    )  # fmt: skip
    db.session.commit()
    return len(found)
