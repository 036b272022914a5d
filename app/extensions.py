"""Extensions, made once and bound in create_app."""

from __future__ import annotations

import ipaddress

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
    "counted_address",
    "csrf",
    "db",
    "limiter",
    "login",
]


def client_address() -> str:
    """The address that a request came from."""
    from flask import request

    return request.remote_addr or "unknown"


def counted_address() -> str:
    """What limits are counted for: an IPv4 address, or the /64 of an IPv6 address, which one line has as a whole."""
    text = client_address()
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))


babel = Babel()
csrf = CSRFProtect()
login = LoginManager()
limiter = Limiter(
    key_func=counted_address, headers_enabled=True, in_memory_fallback_enabled=True, swallow_errors=False
)
