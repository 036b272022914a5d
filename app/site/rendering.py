"""Drawing public pages: in one language, with nothing of the request, so a page is drawn quickly and for everybody.

A page asks for thirty sentences, a dozen icons and a few addresses of files, which are the same for every village. Here
the language is part of the environment, so they are put in once, when a template is compiled. Context processors do not
run: who is signed in can't reach a public page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from babel.support import NullTranslations
from flask import Flask, current_app
from flask_babel import force_locale, get_translations
from jinja2 import Environment, pass_eval_context
from jinja2.ext import Extension
from jinja2.lexer import TOKEN_DATA, TOKEN_VARIABLE_BEGIN, TOKEN_VARIABLE_END, Token, TokenStream
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


class Constants(Extension):
    """Writes into a template, as it is compiled, what `_`, `icon` and `asset_url` with literal arguments say."""

    CALLS = ("_", "icon", "asset_url")

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Replace the tokens of `{{ _("…") }}` by the text itself; everything else passes as it is."""
        held: list[Token] = []
        for token in stream:
            if token.type == TOKEN_VARIABLE_BEGIN:
                held = [token]
                continue
            if not held:
                yield token
                continue
            held.append(token)
            if token.type == TOKEN_VARIABLE_END:
                text = self._text(held)
                if text is None:
                    yield from held
                else:
                    yield Token(held[0].lineno, TOKEN_DATA, text)
                held = []

    def _text(self, tokens: list[Token]) -> str | None:
        """What the call between the braces says, or None when it is not one that is known beforehand."""
        kinds = [token.type for token in tokens[1:-1]]
        if kinds[:2] != ["name", "lparen"] or kinds[-1] != "rparen" or tokens[1].value not in self.CALLS:
            return None
        inner = tokens[3:-2]
        if not inner or inner[0].type != "string":
            return None
        named = {}
        for at in range(1, len(inner), 4):
            part = inner[at : at + 4]
            if [token.type for token in part] != ["comma", "name", "assign", "string"]:
                return None
            named[part[1].value] = part[3].value
        call: Any = self.environment.globals[tokens[1].value]
        if tokens[1].value == "_":
            return None if named else str(call(EvalContext(self.environment), inner[0].value))
        return str(call(inner[0].value, **named))


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

    environment = app.jinja_env.overlay(extensions=[Constants])
    environment.globals = {**app.jinja_env.globals, "_": sentence, "ui_locale": lambda: language}
    environment.filters = {**app.jinja_env.filters, "angka": number}
    return environment
