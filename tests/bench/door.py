"""The door of a training event: 500 people at five phones, through HTTP, none twice and none lost."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.province.training.door.models import TrainingAttendance
from app.province.training.door.presenting import milliseconds
from tenants.models import now
from tests.bench import load
from tests.bench.house import BASE_HOST, House, Web
from tests.bench.report import Report, percentile
from tests.support.queries import count_queries

PEOPLE, PHONES, WALK_INS = 500, 5, 10
TWICE = 60
"""So many people are read at two phones."""
OFF_MS = 3 * 3600 * 1000
"""One phone's clock is three hours ahead."""
OFFLINE, LOST = 1, 2
"""Numbers of the phone that has no network until the end, and of the one each of whose answers is lost once."""
SECONDS = 600


@dataclass
class Phone:
    """A phone at the door: whom it reads, and what came of it."""

    number: int
    cookie: dict[str, str]
    tokens: list[str]
    seconds: list[float] = field(default_factory=list)
    noted: int = 0
    taken: int = 0
    form_token: str = ""


def arrivals(house: House, report: Report) -> None:
    """500 people checked in at five phones within ten minutes, no double, none lost."""
    house.list_villages()
    session_id, tokens = _event(house)
    rng = random.Random(18)
    shares = [tokens[number::PHONES] for number in range(PHONES)]
    for token in rng.sample(tokens, TWICE):
        shares[rng.randrange(PHONES)].append(token)
    for share in shares:
        rng.shuffle(share)
    phones = [Phone(number, house.sign_in_officer(), shares[number]) for number in range(PHONES)]
    with house.web() as web:
        for phone in phones:
            _open(web, phone, session_id)
        began = time.perf_counter()
        threads = [threading.Thread(target=_keep_door, args=(web, phone, session_id)) for phone in phones]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
        elapsed = time.perf_counter() - began
    _judge(house, report, phones, session_id, len(tokens), elapsed)


def _judge(
    house: House, report: Report, phones: list[Phone], session_id: uuid.UUID, people: int, elapsed: float
) -> None:
    from app.extensions import db
    from tenants.scope import platform_scope

    with house.application.app_context(), platform_scope():
        query = select(func.count(), func.count(TrainingAttendance.participant_id.distinct()))
        rows, different = db.session.execute(query.where(TrainingAttendance.session_id == session_id)).one()
        off = select(func.count()).where(
            TrainingAttendance.session_id == session_id, TrainingAttendance.at > now()
        )
        ahead = db.session.scalars(off).one()
    everybody = people + WALK_INS
    seconds = [one for phone in phones for one in phone.seconds]
    p50, p95 = (percentile(seconds, share) * 1000 for share in (0.5, 0.95))
    note = (
        f"{PHONES} phones, {len(seconds)} requests; {TWICE} people read twice, {WALK_INS} walk-ins at every phone; "
        f"one phone offline, one 3 hours ahead, one whose answers get lost; p50 {p50:.0f} ms, p95 {p95:.0f} ms"
    )
    report.add(
        "door", f"{people} people and {WALK_INS} walk-ins noted", elapsed, "s", at_most=SECONDS, note=note
    )
    report.add("door", "doubles", rows - different, "", at_most=0)
    report.add("door", "lost", everybody - different, "", at_most=0)
    report.add(
        "door",
        "told to be new more than once",
        sum(phone.noted for phone in phones) - everybody,
        "",
        at_most=0,
    )
    report.add("door", "in the future by a wrong clock", ahead, "", at_most=0)
    report.add(
        "door", "queries of a reading", _queries(house, phones[0], session_id), "", note="set_config counted"
    )


def _keep_door(web: Web, phone: Phone, session_id: uuid.UUID) -> None:
    """Read everybody of this phone's share, one by one; without a network, keep them and send them in the end."""
    marks = [_mark(phone, token) for token in phone.tokens] + [_walk_in(phone, n) for n in range(WALK_INS)]
    batches = [marks] if phone.number == OFFLINE else [[one] for one in marks]
    for batch in batches:
        for start in range(0, len(batch), 100):
            part = batch[start : start + 100]
            if phone.number == LOST:
                _send(web, phone, session_id, part)
            outcome = _send(web, phone, session_id, part)
            phone.taken += len(outcome)


def _send(web: Web, phone: Phone, session_id: uuid.UUID, marks: list[dict[str, object]]) -> list[str]:
    body = json.dumps({"phone_now": _clock(phone), "since": milliseconds(now()), "marks": marks}).encode()
    headers = {
        **phone.cookie, "Connection": "close", "Content-Type": "application/json", "X-CSRFToken": phone.form_token,
        "Origin": f"https://{BASE_HOST}", "Referer": f"https://{BASE_HOST}/hadir/{session_id}",
        "Content-Length": str(len(body)), "Accept-Encoding": "identity",
    }  # fmt: skip
    started = time.perf_counter()
    answer = load.post_bytes(web.port, BASE_HOST, f"/hadir/{session_id}/sinkron", body, headers)
    phone.seconds.append(time.perf_counter() - started)
    if answer.status != 200:
        raise RuntimeError(f"a phone was answered {answer.status}: {answer.body[:200]!r}")
    found = [one["outcome"] for one in json.loads(answer.body)["answers"]]
    if set(found) - {"noted", "already"}:
        raise RuntimeError(f"somebody was not noted: {found}")
    phone.noted += found.count("noted")
    return found


def _open(web: Web, phone: Phone, session_id: uuid.UUID) -> None:
    """What a phone loads before the door opens: its page, the list, a form token."""
    for path in (f"/hadir/{session_id}", f"/hadir/{session_id}/daftar"):
        answer = load.get(web.port, BASE_HOST, path, {**phone.cookie, "Accept-Encoding": "identity"})
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
    answer = load.get(web.port, BASE_HOST, "/hadir/kunci", {**phone.cookie, "Accept-Encoding": "identity"})
    told = answer.headers.get("set-cookie", "")
    phone.form_token = json.loads(answer.body)["token"]
    phone.cookie = {"Cookie": "; ".join([phone.cookie["Cookie"], told.partition(";")[0]])}


def _mark(phone: Phone, token: str) -> dict[str, object]:
    return {"key": str(uuid.uuid4()), "source": "scan", "at": _clock(phone), "token": token}


def _walk_in(phone: Phone, number: int) -> dict[str, object]:
    """The same few people come to every phone without a seat."""
    who = {"name": f"Tamu Nomor {number}", "sex": "female", "phone": f"0812000012{number:02}"}
    return {"key": str(uuid.uuid4()), "source": "walk_in", "at": _clock(phone), "walk_in": who}


def _clock(phone: Phone) -> int:
    return milliseconds(now()) + (OFF_MS if phone.number == PHONES - 1 else 0)


def _event(house: House) -> tuple[uuid.UUID, list[str]]:
    """An event of the province with 500 people of ten villages, and its session that began an hour ago."""
    from app.extensions import db
    from app.province.training.participants.models import TrainingParticipant
    from tenants.scope import platform_scope
    from tests.support.training import a_session, an_event, participants_of

    event_id = an_event(house.application, "18")
    session_id = a_session(house.application, event_id)
    with house.owner() as conn:
        codes = [row[0] for row in conn.execute("SELECT code FROM platform.tenant ORDER BY code LIMIT 10")]
    for code in codes:
        participants_of(house.application, event_id, code, PEOPLE // len(codes))
    with house.application.app_context(), platform_scope():
        query = select(TrainingParticipant.token).where(TrainingParticipant.event_id == event_id)
        return session_id, list(db.session.scalars(query.order_by(TrainingParticipant.id)))


def _queries(house: House, phone: Phone, session_id: uuid.UUID) -> int:
    from app.extensions import db

    client = house.application.test_client(use_cookies=False)
    body = {
        "phone_now": _clock(phone),
        "since": milliseconds(now()),
        "marks": [_mark(phone, phone.tokens[0])],
    }
    headers = {
        **phone.cookie, "X-CSRFToken": phone.form_token, "Referer": f"https://{BASE_HOST}/hadir/{session_id}",
    }  # fmt: skip
    path = f"/hadir/{session_id}/sinkron"
    client.post(path, base_url=f"https://{BASE_HOST}", json=body, headers=headers)
    with house.application.app_context():
        engine = db.engine
    with count_queries(engine, at_most=100) as seen:
        answer = client.post(path, base_url=f"https://{BASE_HOST}", json=body, headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(f"a reading answered {answer.status_code}")
    return len(seen)
