"""How answers leave the house: fingerprinted assets with a long cache life, compressed bodies, a health check."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, request
from flask_compress import Compress
from whitenoise import WhiteNoise

from app.core.addresses.domains import is_served
from app.core.permissions import anonymous
from tenants.hosts import normalise_host

STATIC = Path(__file__).resolve().parent.parent / "static"

health = Blueprint("health", __name__)


@health.get("/health", subdomain="province")
@anonymous
def check() -> tuple[str, int, dict[str, str]]:
    """Say that this process serves. Touches neither PostgreSQL nor Redis."""
    return "ok\n", 200, {"Content-Type": "text/plain", "Cache-Control": "no-store"}


@health.get("/health/host", subdomain="province")
@anonymous
def host_is_ours() -> tuple[str, int, dict[str, str]]:
    """Say whether `?domain=` is a domain that a village proved to be its own (200, else 404).

    The proxy in front asks before it gets a certificate. Our own hosts are not such domains: the wildcard has theirs.
    """
    host = normalise_host(request.args.get("domain", ""))
    known = host is not None and "." in host and is_served(host)
    return ("yes\n" if known else "no\n"), (200 if known else 404), {"Content-Type": "text/plain"}


def init_delivery(app: Flask) -> None:
    """Serve app/static below /static and compress what is worth it (zstd, brotli, gzip)."""
    app.register_blueprint(health)
    app.config.setdefault("COMPRESS_ALGORITHM", ["br", "gzip"])
    app.config.setdefault("COMPRESS_BR_LEVEL", 4)
    Compress(app)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=STATIC,
        prefix="static/",
        max_age=3600,
        immutable_file_test=lambda path, url: "/dist/assets/" in url,
    )
