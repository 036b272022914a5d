"""Extensions, made once and bound in create_app."""

from __future__ import annotations

from flask_babel import Babel
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect

from tenants.cache import cache
from tenants.database import PlatformModel, TenantModel, db

__all__ = [
    "PlatformModel",
    "TenantModel",
    "babel",
    "cache",
    "client_address",
    "csrf",
    "db",
    "limiter",
    "login",
]


def client_address() -> str:
    """The address that limits are counted for."""
    from flask import request

    return request.remote_addr or "unknown"


babel = Babel()
csrf = CSRFProtect()
login = LoginManager()
limiter = Limiter(
    key_func=client_address, headers_enabled=True, in_memory_fallback_enabled=True, swallow_errors=False
)
