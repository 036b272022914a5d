"""Redis (or Valkey) as a convenience that may go away: a lost cache slows the house, it never stops it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import redis

T = TypeVar("T")

PAUSE_SECONDS = 2.0


class CacheAway(Exception):
    """Redis cannot be reached now."""


class SoftRedis:
    """A Redis client with a fuse: after a failure it is not asked again for two seconds, so no request waits for it."""

    def __init__(self) -> None:
        self._client: redis.Redis | None = None
        self._away_until = 0.0

    def configure(self, url: str) -> None:
        """Set the address; the connection is made on first use."""
        self._client = redis.Redis.from_url(
            url, socket_timeout=1.0, socket_connect_timeout=0.3, health_check_interval=0
        )
        self._away_until = 0.0

    @property
    def client(self) -> redis.Redis:
        """The raw client, for what must raise when Redis is gone (the queue)."""
        if self._client is None:
            raise CacheAway("no Redis address is configured")
        return self._client

    def ask(self, question: Callable[[redis.Redis], T]) -> T:
        """Return what `question` gets from Redis; raise CacheAway at once while Redis is gone."""
        if time.monotonic() < self._away_until:
            raise CacheAway("Redis was away a moment ago")
        try:
            return question(self.client)
        except (redis.RedisError, OSError) as error:
            self._away_until = time.monotonic() + PAUSE_SECONDS
            raise CacheAway(str(error)) from error

    def try_ask(self, question: Callable[[redis.Redis], T], default: T) -> T:
        """Return what `question` gets from Redis, or `default` while Redis is gone."""
        try:
            return self.ask(question)
        except CacheAway:
            return default


cache = SoftRedis()
