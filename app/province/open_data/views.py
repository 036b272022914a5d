"""Open data for everybody, signed in or not: the catalogue's page, its machine form, and the figures.

The answers are the same for everybody and may be cached; other sites' pages may read them (CORS).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator

from flask import Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.language import LANGUAGES, PARAMETER
from app.core.permissions import anonymous
from app.core.security import mark_cacheable
from app.extensions import counted_address, limiter
from app.province.open_data import catalogue, datasets, presenting, publications

blueprint = AudienceBlueprint("open_data", __name__, audience="open", url_prefix="/data")

PER_ADDRESS = "60 per minute; 1000 per hour"
CACHED = "public, max-age=300"
PROBLEM = "application/problem+json"


@blueprint.get("")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def page() -> ResponseReturnValue:
    """What is open, what it means, how it may be used."""
    mark_cacheable()
    language = request.args.get(PARAMETER, "id")
    with force_locale(language if language in LANGUAGES else "id"):
        opened = publications.opened()
        html = render_template("open_data/public/page.html", view=presenting.CatalogueView(opened))
    return _tagged(make_response(html), hashlib.blake2s(html.encode(), digest_size=12).hexdigest())


@blueprint.get("/katalog.json")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def machine_catalogue() -> ResponseReturnValue:
    """The catalogue as JSON-LD (DCAT)."""
    mark_cacheable()
    text = json.dumps(catalogue.as_dcat(publications.opened()), ensure_ascii=False, indent=1)
    response = Response(text, content_type="application/ld+json; charset=utf-8")
    return _tagged(_shared(response), hashlib.blake2s(text.encode(), digest_size=12).hexdigest())


@blueprint.get("/<string(maxlength=80):code>.<any(csv, json):shape>")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def dataset(code: str, shape: str) -> ResponseReturnValue:
    """An open indicator's figures: `bulan`, or `dari` and `sampai`; `tingkat`."""
    mark_cacheable()
    with force_locale("id"):
        found = publications.opened(code.replace("\x00", ""))
        if not found:
            return _problem(404, _("Tidak ada indikator terbuka dengan kode ini. Lihat /data."))
        try:
            wanted = datasets.asked(found[0], request.args)
        except datasets.WrongRequest as wrong:
            return _problem(400, str(wrong))
    tag = datasets.tag(wanted, shape)
    if request.if_none_match.contains(tag):
        return _tagged(_shared(Response(status=304)), tag)
    meta = catalogue.meta_of(found[0], wanted.months, wanted.level, found[0].demo)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    lines = (
        datasets.as_csv(wanted, meta["unit"], app) if shape == "csv" else datasets.as_json(wanted, meta, app)
    )
    kind = "text/csv; charset=utf-8; header=present" if shape == "csv" else "application/json; charset=utf-8"
    response = Response(_parts(lines), content_type=kind)
    name = f"{code}-{_span(wanted.months)}{'-contoh' if found[0].demo else ''}.{shape}"
    response.headers.set("Content-Disposition", "inline" if shape == "json" else "attachment", filename=name)
    response.headers["X-Data-Contoh"] = "ya" if found[0].demo else "tidak"
    return _tagged(_shared(response), tag)


def _parts(lines: Iterator[str], size: int = 1 << 15) -> Iterator[bytes]:
    """Lines in parts that are worth sending."""
    held: list[str] = []
    length = 0
    for line in lines:
        held.append(line)
        length += len(line)
        if length >= size:
            yield "".join(held).encode()
            held, length = [], 0
    yield "".join(held).encode()


def _span(months: tuple[dt.date, ...]) -> str:
    if not months:
        return "kosong"
    first, last = f"{months[0]:%Y-%m}", f"{months[-1]:%Y-%m}"
    return first if first == last else f"{first}-{last}"


def _problem(status: int, sentence: str) -> Response:
    body = {"title": sentence, "status": status, "detail": sentence}
    response = _shared(Response(json.dumps(body, ensure_ascii=False), status=status, content_type=PROBLEM))
    response.headers["Cache-Control"] = "no-store"
    return response


def _shared(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Link, X-Data-Contoh"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Link"] = f'<{catalogue.LICENCE}>; rel="license"'
    return response


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    response.headers["Cache-Control"] = CACHED
    if response.status_code == 200 and not response.is_streamed:
        response.make_conditional(request)
    return response
