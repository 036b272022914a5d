"""Scheduler and worker in this process: what was asked for is delivered and done."""

from __future__ import annotations

from rq import Queue
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from app.core.hosting import SigerFlask
from app.extensions import cache
from tenants import jobs, outbox


def work_off() -> int:
    """Run what is queued, as a worker would; return how many jobs waited."""
    queues = [Queue(name, connection=cache.client, serializer=JSONSerializer) for name in jobs.QUEUES]
    waiting = sum(queue.count for queue in queues)
    if waiting:
        worker = SimpleWorker(queues, connection=cache.client, serializer=JSONSerializer)
        worker.work(burst=True, logging_level="ERROR")
    return waiting


def settle(app: SigerFlask, rounds: int = 50) -> None:
    """Deliver and work until nothing that is due is left."""
    with app.app_context():
        for _ in range(rounds):
            if not outbox.deliver() and not work_off():
                return
