"""The demo's access log: gunicorn's own, without what opens a page by itself."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from app.core.observability import without_secret


class AccessLog(Logger):  # type: ignore[misc]
    """Writes paths as logs may hold them."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """What a line is made of."""
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return {**found, "U": without_secret(str(found["U"]))}
