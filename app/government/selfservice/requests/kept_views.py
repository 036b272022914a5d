"""What the portal does without a connection: its service worker, the page that says so, and what waits on the phone."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask import Response, jsonify, make_response, render_template
from flask_wtf.csrf import generate_csrf

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import anonymous
from app.core.ui.assets import BUILT, asset_url
from app.government.selfservice.accounts import current_resident, residents_only

blueprint = AudienceBlueprint("portal_kept", __name__, audience="resident", url_prefix="/layanan")


@blueprint.get("/sw.js")
@anonymous
def worker() -> Response:
    """The service worker; browsers ask for it anew with each visit."""
    response = make_response(_worker_source(asset_url("portal-worker.js")))
    response.content_type = "text/javascript; charset=utf-8"
    response.headers["Service-Worker-Allowed"] = "/layanan"
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/luring")
@anonymous
def offline() -> str:
    """What is shown while there is no connection: nobody's name, no form."""
    return render_template("selfservice/offline.html")


@blueprint.get("/tidak-terkirim")
@anonymous
def not_sent() -> str:
    """What is shown where a form could be neither sent nor kept: it must be sent once more."""
    return render_template("selfservice/not_sent.html")


@blueprint.get("/tersimpan")
@anonymous
def waiting() -> str:
    """What this phone keeps and has not sent yet; the page itself knows nothing of it."""
    return render_template("selfservice/kept.html")


@blueprint.get("/tersimpan/kunci")
@residents_only
def token() -> Response:
    """A fresh form token for what is sent later, and whose account is signed in."""
    response = jsonify({"account": str(current_resident().account_id), "token": generate_csrf()})
    response.headers["Cache-Control"] = "no-store"
    return response


@lru_cache(maxsize=4)
def _worker_source(address: str) -> str:
    """The built worker; its address changes with its content, so it is read once."""
    return (Path(BUILT) / "assets" / address.rpartition("/")[2]).read_text(encoding="utf-8")
