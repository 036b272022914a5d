"""Drawing public pages: in one language, with nothing of the request, so a page is drawn quickly and for everybody.

A page asks for thirty sentences, a dozen icons and a few numbers; finding out the language anew for each of them cost
a third of the drawing. Here the language is part of the environment. Context processors do not run: who is signed in
can't reach a public page.
"""

from __future__ import annotations

from typing import Any

from babel.support import NullTranslations
from flask import Flask, current_app
from flask_babel import force_locale, get_translations
from jinja2 import Environment, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup


def render_public(language: str, template: str, **context: Any) -> str:
    """Draw a template in a language, with this context and nothing else.

    Args:
        language: `id` or `en`.
        template: its name.
        context: what the template needs.
    """
    return _environment(language).get_template(template).render(context)


def _environment(language: str) -> Environment:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    kept: dict[str, Environment] = app.extensions.setdefault("public_environments", {})
    if language not in kept:
        kept[language] = _make(app, language)
    return kept[language]


def _make(app: Flask, language: str) -> Environment:
    with force_locale(language):
        catalogue: NullTranslations = get_translations()

    @pass_eval_context
    def sentence(context: EvalContext, message: str, /, **values: Any) -> str:
        text: str = catalogue.gettext(message)
        if context.autoescape:
            text = Markup(text)
        return text % values if "%" in text else text

    def number(value: int) -> str:
        grouped = f"{value:,}"
        return grouped if language == "en" else grouped.replace(",", ".")

    environment = app.jinja_env.overlay()
    environment.globals = {**app.jinja_env.globals, "_": sentence, "ui_locale": lambda: language}
    environment.filters = {**app.jinja_env.filters, "angka": number}
    return environment
