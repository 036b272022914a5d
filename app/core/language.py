"""Which language a page speaks: the person's choice (account or cookie), else Indonesian."""

from __future__ import annotations

from flask import Flask, has_request_context, request

from app.extensions import babel

LANGUAGES = ("id", "en")
COOKIE = "siger_lang"


def chosen_language() -> str:
    """`id` or `en` for the present request."""
    if has_request_context():
        chosen = request.cookies.get(COOKIE, "")
        if chosen in LANGUAGES:
            return chosen
    return "id"


def init_language(app: Flask) -> None:
    """Bind Flask-Babel."""
    babel.init_app(app, locale_selector=chosen_language)
