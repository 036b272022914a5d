"""Figures for Prometheus at /metrics of the base host: how long answers take, and what waits where.

Names of villages never become labels (2,651 of them would bury the rest): an answer is told by the kind of its host,
for whom it was and its status. Under gunicorn all workers are added up (`siger web` names the folder in
PROMETHEUS_MULTIPROC_DIR). What belongs to the whole house is asked of PostgreSQL and Redis when Prometheus comes.
"""

from __future__ import annotations

import datetime as dt
import hmac
import os
import time
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from flask import Response, abort, current_app, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    values,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.core.blueprints import AudienceBlueprint
from app.core.hosting import SigerFlask
from app.core.permissions import anonymous
from app.core.serving import SLOT
from app.extensions import db
from tenants.cache import cache
from tenants.database import retired_connections, villages_served
from tenants.errors import QueueUnavailable
from tenants.jobs import queue_lengths
from tenants.migrations import head_revision
from tenants.models import OutboxEntry, TenantRow, TenantSchema, now
from tenants.schedule import HEARTBEAT_KEY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SAMPLE_SECONDS = 1.0
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")

if FOLDER in os.environ and SLOT in os.environ:
    values.ValueClass = values.MultiProcessValue(lambda: os.environ[SLOT])  # type: ignore[no-untyped-call]

REQUESTS = Histogram(
    "siger_request_seconds",
    "Time of an answer, by kind of host, for whom it was (kept: a page out of the cache) and status",
    ("host", "audience", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
RETIRED = Counter(
    "siger_db_connections_retired", "Connections replaced after serving their share of villages"
)
POOL = Gauge(
    "siger_db_pool_connections",
    "Connections to PostgreSQL, all workers",
    ("state",),
    multiprocess_mode="livesum",
)
SERVED = Gauge(
    "siger_db_connection_villages_max",
    "Most distinct villages that one living connection has served",
    multiprocess_mode="livemax",
)

pages = AudienceBlueprint("metrics", __name__, audience="province")


class Measured:
    """A WSGI application whose answers are timed."""

    def __init__(self, app: SigerFlask, inner: WSGIApplication) -> None:
        self.app = app
        self.inner = inner
        self._kinds: dict[tuple[str, str, str], Histogram] = {}
        self._sampled = 0.0
        self._retired = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, and note how long it took until the body was handed over."""
        began = time.perf_counter()
        status = "500"

        def note(line: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            nonlocal status
            status = line[:3]
            return start_response(line, headers, error)

        try:
            return self.inner(environ, note)
        finally:
            ended = time.perf_counter()
            self._observe(environ, status, ended - began)
            if ended - self._sampled > SAMPLE_SECONDS:
                self._sampled = ended
                self._sample()

    def _observe(self, environ: WSGIEnvironment, status: str, seconds: float) -> None:
        resolution = environ.get("siger.resolution")
        if environ.get("PATH_INFO", "").startswith("/static/"):
            audience = "static"
        else:
            audience = environ.get("siger.audience", "kept")
        key = (resolution.kind if resolution else "any", audience, status)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = REQUESTS.labels(*key)
        kind.observe(seconds)

    def _sample(self) -> None:
        with self.app.app_context():
            pool: Any = db.engine.pool
        POOL.labels("in_use").set(pool.checkedout())
        POOL.labels("idle").set(pool.checkedin())
        SERVED.set(max(villages_served(), default=0))
        retired = retired_connections()
        RETIRED.inc(retired - self._retired)
        self._retired = retired


_declared: list[Callable[[], Iterator[Metric]]] = []


def declare_figures(figures: Callable[[], Iterator[Metric]]) -> None:
    """Add figures of a capability, read from PostgreSQL when Prometheus asks (at start)."""
    if figures not in _declared:
        _declared.append(figures)


class House(Collector):
    """What is true of the whole house, asked at the moment of the scrape; a part that is away is told as being down."""

    def collect(self) -> Iterator[Metric]:
        """Yield the figures that can be had now."""
        up = GaugeMetricFamily("siger_up", "Whether a part of the house answers", labels=["part"])
        try:
            figures = [*_of_postgres(), *(one for declared in _declared for one in declared())]
        except SQLAlchemyError:
            db.session.rollback()
            figures = []
        up.add_metric(["postgresql"], 1 if figures else 0)
        yield from figures
        figures = list(_of_redis())
        up.add_metric(["redis"], 1 if figures else 0)
        yield from figures
        yield up


def _of_postgres() -> Iterator[Metric]:
    waiting, oldest = db.session.execute(
        select(func.count(), func.min(OutboxEntry.created_at)).where(OutboxEntry.handed_at.is_(None))
    ).one()
    yield GaugeMetricFamily(
        "siger_outbox_waiting", "Messages that the scheduler has still to deliver", waiting
    )
    age = (now() - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily("siger_outbox_oldest_seconds", "Age of the oldest message that waits", age)
    states = GaugeMetricFamily("siger_villages", "Villages by kind and state", labels=["kind", "state"])
    count = select(TenantRow.kind, TenantRow.state, func.count()).group_by(TenantRow.kind, TenantRow.state)
    for kind, state, number in db.session.execute(count):
        states.add_metric([kind, state], number)
    yield states
    behind = select(func.count()).select_from(TenantSchema).where(TenantSchema.revision != head_revision())
    yield GaugeMetricFamily(
        "siger_schemas_behind", "Schemas that are not at the newest revision", db.session.scalar(behind)
    )


def _of_redis() -> Iterator[Metric]:
    try:
        lengths = queue_lengths()
    except QueueUnavailable:
        return
    queues = GaugeMetricFamily("siger_queue_jobs", "Jobs that wait in a queue", labels=["queue"])
    for name, length in lengths.items():
        queues.add_metric([name], length)
    yield queues
    beat = cache.try_ask(lambda r: r.get(HEARTBEAT_KEY), None)
    if isinstance(beat, bytes):
        age = (now() - dt.datetime.fromisoformat(beat.decode())).total_seconds()
        yield GaugeMetricFamily(
            "siger_scheduler_heartbeat_seconds", "Time since the scheduler's last beat", age
        )


@pages.get("/metrics")
@anonymous
def show() -> Response:
    """Everything in Prometheus' text format, for who may ask."""
    if not may_ask():
        abort(404)
    registry = CollectorRegistry()
    if FOLDER in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        registry.register(House())
        text = generate_latest(registry)
    else:
        registry.register(House())
        text = generate_latest(REGISTRY) + generate_latest(registry)
    answer = Response(text, content_type=CONTENT_TYPE_LATEST)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def may_ask() -> bool:
    """Who knows METRICS_TOKEN; where none is set, who asks from this very machine and not through a proxy."""
    token = current_app.config["SETTINGS"].metrics_token
    if token:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def note_audience() -> None:
    """Leave word for whom the present route is, for when its answer has been timed."""
    blueprint = current_app.blueprints.get(request.blueprint or "")
    found = "none" if request.url_rule is None else getattr(blueprint, "audience", "system")
    request.environ["siger.audience"] = found


def init_metrics(app: SigerFlask) -> None:
    """Time every answer from the outside, and serve what was noted."""
    app.register_blueprint(pages)
    app.before_request_funcs.setdefault(None, []).insert(0, note_audience)
    app.wsgi_app = Measured(app, app.wsgi_app)  # type: ignore[method-assign]
