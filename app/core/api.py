"""The JSON API at /api/v1 with its OpenAPI document."""

from __future__ import annotations

from flask import Flask


def init_api(app: Flask) -> None:
    """Bind the API (its blueprints register here)."""
