"""Going on to another host after a form: straight where the page's policy allows it, else by way of a page of ours."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, make_response, redirect, render_template
from flask.typing import ResponseReturnValue


def go_to(address: str) -> ResponseReturnValue:
    """Lead to a full address of ours, or of a village's own domain.

    Browsers hold `form-action` also against where a form's answer leads, and no page can name all villages' own
    domains: there a page in between leads on by itself, with a link for browsers that don't.
    """
    host = urlsplit(address).hostname or ""
    base = str(current_app.config["BASE_HOST"])
    if host == base or host.endswith(f".{base}"):
        return redirect(address, 303)
    response = make_response(render_template("ui/leaving.html", address=address, host=host))
    response.headers["Cache-Control"] = "no-store"
    return response
