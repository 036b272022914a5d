"""Map data: the outlines of the places of a level within a territory."""

from __future__ import annotations

import gzip

import brotli  # type: ignore[import-untyped]
from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.province.maps.services import map_body, map_stamp
from app.province.regions import seen_territory

pages = AudienceBlueprint("maps", __name__, audience="province")
LEVELS = (2, 3, 4)


@pages.app_template_global()
def map_address(territory_code: str, level: int) -> str | None:
    """Where a page finds the outlines of a territory's places; None before an operator has imported them."""
    stamp = map_stamp(territory_code, level)
    return url_for("maps.outlines", code=territory_code, tingkat=level, v=stamp) if stamp else None


@pages.get("/peta/<string(minlength=2, maxlength=8):code>.json")
@requires("overview.view")
def outlines(code: str) -> ResponseReturnValue:
    """Outlines of kabupaten/kota (`tingkat=2`), kecamatan (3) or villages (4) within a region, as GeoJSON.

    Every place has `code`, `name` and `cp`, a point for its label. With `v`, the stamp of the import, the answer may be
    kept for good. A region outside of the account's is not found.
    """
    level = request.args.get("tingkat", type=int)
    if level not in LEVELS:
        abort(404)
    found = map_body(seen_territory(code).code, level)
    if found is None:
        abort(404)
    stamp, body = found
    response = Response(mimetype="application/geo+json")
    response.set_etag(stamp)
    response.vary.add("Accept-Encoding")
    keeping = "max-age=31536000, immutable" if request.args.get("v") == stamp else "no-cache"
    response.headers["Cache-Control"] = f"private, {keeping}"
    encodings = request.accept_encodings
    if encodings["br"]:
        response.headers["Content-Encoding"] = "br"
        response.set_data(body)
    elif encodings["gzip"]:
        response.headers["Content-Encoding"] = "gzip"
        response.set_data(gzip.compress(brotli.decompress(body), 6, mtime=0))
    else:
        response.set_data(brotli.decompress(body))
    return response.make_conditional(request)
