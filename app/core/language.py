"""Which language a page speaks: what its address asks for, the person's choice (a cookie), else Indonesian."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from babel.support import NullTranslations
from flask import Flask, has_request_context, request
from flask_babel import get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.extensions import babel
from tenants.scope import current_tenant_or_none

LANGUAGES = ("id", "en")
COOKIE = "siger_lang"
PARAMETER = "bahasa"


def chosen_language() -> str:
    """`id` or `en` for the present request: what its address asks for, else what the person chose.

    Programs have no cookies: below /api, Accept-Language says it. The readable page of the API is a page for people.
    """
    if has_request_context():
        if request.path.startswith("/api/") and not request.path.endswith("/docs"):
            return request.accept_languages.best_match(LANGUAGES, "id") or "id"
        asked = request.args.get(PARAMETER, "")
        if asked in LANGUAGES:
            return asked
        chosen = request.cookies.get(COOKIE, "")
        if chosen in LANGUAGES:
            return chosen
    return "id"


def front_path() -> str:
    """The path of the present host's front page. A village's is cached and sees no cookie: its address says English."""
    locale = get_locale()
    is_english = locale is not None and locale.language == "en"
    return f"/?{PARAMETER}=en" if is_english and current_tenant_or_none() is not None else "/"


def language_path(code: str) -> str:
    """The link that keeps this language and comes back to the present page, with its query.

    The page's parameters stay parameters of their own: what keeps secrets out of logs knows them by their names.
    """
    query = request.query_string.decode("ascii", "ignore")
    way_back = quote(quote(request.path))
    return f"/preferences/language/{code}?next={way_back}" + (f"&{query}" if query else "")


def init_language(app: Flask) -> None:
    """Bind Flask-Babel, with a shorter way to a sentence for templates: a page asks for thirty of them."""
    babel.init_app(app, locale_selector=chosen_language)
    catalogues: dict[str, NullTranslations] = {}

    @pass_eval_context
    def sentence(context: EvalContext, message: str, /, **values: Any) -> str:
        """The message in the language of the page; values are escaped where the template escapes."""
        locale = get_locale()
        language = locale.language if locale else ""
        catalogue = catalogues.get(language)
        if catalogue is None:
            catalogue = catalogues[language] = get_translations()
        text: str = catalogue.gettext(message)
        if context.autoescape:
            text = Markup(text)
        return text % values if "%" in text else text

    app.jinja_env.globals["_"] = sentence
