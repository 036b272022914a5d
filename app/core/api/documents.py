"""The OpenAPI documents: one for the hosts of villages, one for the province's, each with its readable page."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_smorest import Api

from app.core.api.blueprints import PREFIX, ApiBlueprint
from app.core.api.reading import parts_of
from app.core.api.schemas import ProblemSchema
from app.core.blueprints import AudienceBlueprint
from app.core.forms import Choice, Day, Line, Tick
from app.core.hosting import host_kind
from app.core.permissions import anonymous

EXTENSION = "siger_api"
PROBLEM_TYPE = "application/problem+json"

TITLES = {
    "village": (
        "Siger: a village",
        "What one village says of itself, and what its staff may do through programs.",
    ),
    "province": (
        "Siger: the province",
        "Villages, regions and indicators, as far as the account's region reaches.",
    ),
}
HOW = (
    " Programs send a token, made on the page of one's own account, as `Authorization: Bearer …`; its scopes are"
    " permissions and hold for this host alone. Errors are application/problem+json (RFC 9457). Moments are in UTC."
)

docs = AudienceBlueprint("api_docs", __name__, audience="shared", url_prefix=PREFIX)


class KindApi(Api):  # type: ignore[misc]
    """The API of one kind of host: our own error pages, problem+json in its description."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Errors are answered by `app.core.ui.errors`, for pages and the API alike."""

    def _register_responses(self) -> None:
        super()._register_responses()
        for known in self.spec.components.responses_lazy.values():
            if "content" in known:
                known["content"] = {PROBLEM_TYPE: next(iter(known["content"].values()))}

    def _register_pagination_header(self) -> None:
        """Lists are read along their keys; there is no header of page numbers."""

    def _register_etag_headers(self) -> None:
        """Rows carry their version themselves (`row_version`)."""


def rules_of_forms(converter: object, field: object, **options: object) -> dict[str, Any]:
    """What the fields of our forms check beyond their type, as JSON Schema says it."""
    if isinstance(field, Choice):
        return {"enum": list(field.choices)}
    if isinstance(field, Line):
        shortest = max(field.shortest, 1) if field.required else 0
        return {"maxLength": field.longest} | ({"minLength": shortest} if shortest else {})
    return {"type": ["string", "null"]} if isinstance(field, Day) else {}


class Documents:
    """The two APIs of an application and their documents."""

    def __init__(self, app: Flask) -> None:
        self.apis = {kind: self._make(app, kind) for kind in TITLES}
        app.extensions[EXTENSION] = self

    def _make(self, app: Flask, kind: str) -> KindApi:
        title, description = TITLES[kind]
        api = KindApi(config_prefix=kind)
        app.config |= {
            f"{kind.upper()}_API_TITLE": title,
            f"{kind.upper()}_API_VERSION": "1",
            f"{kind.upper()}_OPENAPI_VERSION": "3.1.0",
        }
        api.init_app(
            app,
            spec_kwargs={
                "info": {"description": description + HOW},
                "servers": [{"url": "/", "description": "this host"}],
            },
        )
        for name in ("TOO_MANY_REQUESTS", "NOT_FOUND", "UNAUTHORIZED", "FORBIDDEN"):
            api.spec.components.response(name, api.spec.components.responses_lazy.pop(name))
        api.ma_plugin.map_to_openapi_type(Day, "string", "date")
        api.ma_plugin.map_to_openapi_type(Tick, "boolean", None)
        api.ma_plugin.converter.add_attribute_function(rules_of_forms)
        api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
        return api

    def register(self, blueprint: Any) -> None:
        """Register a part of the API on its kind of host."""
        assert isinstance(blueprint, ApiBlueprint), blueprint
        kind = "province" if blueprint.audience == "province" else "village"
        api = self.apis[kind]
        api.register_blueprint(blueprint)

    def document(self, kind: str) -> dict[str, Any]:
        """The OpenAPI document of a kind of host."""
        spec: dict[str, Any] = self.apis[kind].spec.to_dict()
        spec["tags"] = [{**tag, "name": tag["name"].removeprefix("api_")} for tag in spec.get("tags", ())]
        return spec


def present_document() -> dict[str, Any]:
    """The OpenAPI document of the present host."""
    documents: Documents = current_app.extensions[EXTENSION]
    return documents.document(host_kind(request))


@docs.get("/openapi.json")
@anonymous
def openapi() -> Response:
    """The OpenAPI 3.1 document of this host's API."""
    response = jsonify(present_document())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@docs.get("/docs")
@anonymous
def reading() -> str:
    """The same document as a page for people."""
    document = present_document()
    parts = parts_of(document)
    return render_template(
        "api/docs.html",
        info=document["info"],
        parts=parts,
        origin=request.host_url.rstrip("/"),
        example=next(
            (o.path for p in parts for o in p.operations if o.method == "GET" and "{" not in o.path), PREFIX
        ),
    )
