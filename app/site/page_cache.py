"""Public pages are drawn once and kept in Redis until what they show changes, or until they would tell the time wrong.

A kept page carries three stamps: the village's (a change to its content writes a new one, see
`app.core.public_pages`), a digest of what the registry says of it, and one of the release that drew it. One MGET asks
for the registry's version, the village's stamp and the page, so a kept page is answered before Flask begins. Redis
away: every page is drawn anew, nothing else changes.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import brotli  # type: ignore[import-untyped]
import structlog
from flask import Response, current_app, g, make_response, request
from flask_babel import force_locale

from app.core.hosting import NO_DATABASE_PATHS, SigerFlask
from app.core.indicators.tallies import count_visit
from app.core.public_pages import is_for_staff_alone, present_stamp, registry_digest, stamp_key
from app.core.security import mark_cacheable
from tenants import registry
from tenants.cache import CacheAway, cache
from tenants.keys import key_of
from tenants.scope import Tenant, current_tenant

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = structlog.get_logger(__name__)

ENGLISH = "bahasa=en"
ENCODINGS = ("br", "gzip")
APP = Path(__file__).resolve().parent.parent
DRAWN_WITH = (
    "static/dist/manifest.json",
    "translations/**/*.mo",
    "site/**/*.py",
    "**/templates/*/public/*.html",
    "core/ui/templates/**/*.html",
    "core/ui/*.py",
    "core/village/*.py",
    "government/residents/statistics/*.py",
    "government/service/*.py",
)
MAX_PATH = 200
MAX_SECONDS = 6 * 3600
BROTLI_QUALITY, BROTLI_HASTY, BROTLI_WINDOW, GZIP_LEVEL = 5, 2, 16, 6
KEPT_HEADERS = (
    "content-type",
    "cache-control",
    "content-language",
    "content-security-policy",
    "cross-origin-opener-policy",
    "link",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "vary",
    "x-content-type-options",
)


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A drawn page, and the moment from which it would say something else (opening hours, a new day)."""

    html: str
    changes_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class _ToKeep:
    """What `_finish` writes to Redis once the answer has its headers."""

    stamp: bytes
    key_parts: tuple[str, str]
    variants: dict[str, bytes]
    seconds: int


def language_asked(query: str) -> str:
    """The language of a public page: Indonesian, or English where the address says so."""
    return "en" if query and ENGLISH in query.split("&") else "id"


def public_page(view: Callable[..., PublicPage]) -> Callable[..., Response]:
    """Make a view's page one that is the same for everybody: in the language of its address, kept, with an ETag.

    The view gets the language as its first argument.
    """

    @wraps(view)
    def drawn(*args: Any, **kwargs: Any) -> Response:
        if not is_for_staff_alone():
            mark_cacheable()
        language = language_asked(request.environ.get("QUERY_STRING", ""))
        stamp = _stamp_to_draw_under()
        count_visit(current_tenant().id, request.headers.get("User-Agent", ""))
        with force_locale(language):
            page = view(language, *args, **kwargs)
        return _answer(page, language, stamp)

    return drawn


def init_page_cache(app: SigerFlask) -> None:
    """Answer kept pages before Flask begins, and keep what was drawn once its headers are complete."""
    _release_digest()
    if app.config["SETTINGS"].page_cache:
        app.early_answer = _early_answer
    app.after_request_funcs.setdefault(None, []).insert(0, _finish)


def _early_answer(
    app: SigerFlask, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes] | None:
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return None
    path = environ.get("PATH_INFO", "/")
    if len(path) > MAX_PATH or path.startswith(NO_DATABASE_PATHS):
        return None
    host = environ.get("HTTP_HOST", "")
    known = app.router.remembered(host)
    if known is None:
        app.resolve_host(environ)
        known = app.router.remembered(host)
    if known is None or known[1].kind != "village" or known[1].canonical is not None:
        return None
    tenant = known[1].tenant
    assert tenant is not None
    language = language_asked(environ.get("QUERY_STRING", ""))
    encoding = _encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
    keys = (
        registry.HOSTS_VERSION,
        stamp_key(tenant.id),
        _page_key(tenant.id, language, path, encoding or "gzip"),
    )
    try:
        version, stamp, page = cache.ask(lambda r: cast("list[bytes | None]", r.mget(keys)))
    except CacheAway as away:
        environ["siger.hosts_version"] = away
        return None
    environ["siger.hosts_version"] = version
    if version != known[0]:
        environ.pop("siger.resolution", None)
        return None
    environ["siger.resolution"] = known[1]
    environ["siger.pages_stamp"] = stamp
    if page is None or stamp is None:
        return None
    kept_stamp, etag, kept_headers, body = page.split(b"\n", 3)
    if kept_stamp != _page_stamp(stamp, tenant):
        return None
    count_visit(tenant.id, environ.get("HTTP_USER_AGENT", ""))
    return _send(environ, start_response, etag, kept_headers, body, encoding)


def _send(
    environ: WSGIEnvironment,
    start_response: StartResponse,
    etag: bytes,
    kept_headers: bytes,
    body: bytes,
    encoding: str | None,
) -> Iterable[bytes]:
    tag = etag.decode()
    headers = [*_read_headers(kept_headers), ("ETag", tag)]
    if tag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 NOT MODIFIED", headers)
        return [b""]
    if encoding is None:
        body = gzip.decompress(body)
    else:
        headers.append(("Content-Encoding", encoding))
    headers.append(("Content-Length", str(len(body))))
    start_response("200 OK", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


def _stamp_to_draw_under() -> bytes:
    """The stamp before anything is read from the database; empty when the page can't be kept."""
    if not current_app.config["SETTINGS"].page_cache or is_for_staff_alone():
        return b""
    tenant = current_tenant()
    try:
        return _page_stamp(request.environ.get("siger.pages_stamp") or present_stamp(tenant.id), tenant)
    except CacheAway:
        return b""


def _answer(page: PublicPage, language: str, stamp: bytes) -> Response:
    plain = page.html.encode()
    response = make_response(plain)
    response.headers["Cache-Control"] = "no-store" if is_for_staff_alone() else "public, no-cache"
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Encoding"
    response.set_etag(hashlib.blake2s(plain, digest_size=10).hexdigest(), weak=True)
    encoding = _encoding(request.environ.get("HTTP_ACCEPT_ENCODING", ""))
    seconds = _seconds_left(page.changes_at)
    is_kept = bool(stamp) and seconds > 0 and len(request.path) <= MAX_PATH
    wanted = ENCODINGS if is_kept else (encoding,) if encoding else ()
    variants = {name: _compressed(plain, name, hasty=not is_kept) for name in wanted}
    if is_kept:
        g.page_to_keep = _ToKeep(stamp, (language, request.path), variants, seconds)
    if encoding:
        response.set_data(variants[encoding])
        response.headers["Content-Encoding"] = encoding
    g.public_page = True
    return response


def _compressed(plain: bytes, encoding: str, *, hasty: bool) -> bytes:
    """Compress a page of some ten kilobytes: well when it is kept, quickly when it is sent once."""
    if encoding == "br":
        quality = BROTLI_HASTY if hasty else BROTLI_QUALITY
        packed: bytes = brotli.compress(plain, quality=quality, lgwin=BROTLI_WINDOW)
        return packed
    return gzip.compress(plain, 1 if hasty else GZIP_LEVEL, mtime=0)


def _finish(response: Response) -> Response:
    """Keep what was drawn, with the headers that every answer has; say 304 to who has it already."""
    page: _ToKeep | None = g.pop("page_to_keep", None)
    if page is not None and response.status_code == 200:
        _keep(page, response)
    if g.pop("public_page", False):
        response.make_conditional(request.environ)
    return response


def _keep(page: _ToKeep, response: Response) -> None:
    """Write a page to Redis. What is anybody's own is never kept."""
    policy = response.headers.get("Content-Security-Policy", "")
    if "Set-Cookie" in response.headers or "nonce-" in policy:
        log.error("personal_page_not_kept", path=request.path)
        return
    headers = [[name, value] for name, value in response.headers.items() if name.lower() in KEPT_HEADERS]
    head = b"\n".join((page.stamp, response.headers["ETag"].encode(), json.dumps(headers).encode(), b""))
    tenant = current_tenant()

    def write(client: Any) -> None:
        with client.pipeline(transaction=False) as pipe:
            for encoding, body in page.variants.items():
                pipe.set(_page_key(tenant.id, *page.key_parts, encoding), head + body, ex=page.seconds)
            pipe.execute()

    cache.try_ask(write, None)


def _page_key(tenant_id: UUID, language: str, path: str, encoding: str) -> str:
    return key_of(tenant_id, "page", language, encoding, path)


def _page_stamp(stamp: bytes, tenant: Tenant) -> bytes:
    return b".".join((stamp, registry_digest(tenant), _release_digest()))


@lru_cache(maxsize=1)
def _release_digest() -> bytes:
    """A digest of what pages are drawn with: templates, code of the pages, translations, and the built front end."""
    found = sorted(path for pattern in DRAWN_WITH for path in APP.glob(pattern))
    digest = hashlib.blake2s(digest_size=6)
    for path in found:
        digest.update(path.read_bytes())
    return digest.hexdigest().encode()


@lru_cache(maxsize=256)
def _encoding(accepted: str) -> str | None:
    """The best of our encodings that a client takes."""
    offers = {}
    for part in accepted.lower().split(","):
        name, _, quality = part.partition(";q=")
        try:
            offers[name.strip()] = float(quality or 1)
        except ValueError:
            offers[name.strip()] = 0.0
    return next((name for name in ENCODINGS if offers.get(name, 0) > 0), None)


@lru_cache(maxsize=64)
def _read_headers(kept: bytes) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in json.loads(kept))


def _seconds_left(changes_at: dt.datetime | None) -> int:
    if changes_at is None:
        return MAX_SECONDS
    return min(MAX_SECONDS, int((changes_at - dt.datetime.now(dt.UTC)).total_seconds()))
