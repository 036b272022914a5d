"""Blueprints of the API: an audience, a permission on every operation, and errors that are described by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Request, abort
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema
from webargs.flaskparser import FlaskParser

from app.core.blueprints import HOST_KIND, Audience
from app.extensions import limiter

View = TypeVar("View", bound=Callable[..., Any])
Decorator = Callable[[View], View]

PREFIX = "/api/v1"
READ_LIMIT = "600 per minute"
WRITE_LIMIT = "120 per minute"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


class StrictParser(FlaskParser):
    """Refuses parameters that nobody declared, in the query as in the body: a filter that is mistyped is no filter."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE, "json": RAISE}

    def _raw_load_json(self, req: Request) -> Any:
        """The body; one that is sent as anything but JSON is refused instead of being taken for none.

        What no reader of JSON can hold (nested without end, numbers of thousands of digits) is broken JSON as well.
        """
        if not req.is_json and req.get_data(cache=True):
            abort(415)
        try:
            return super()._raw_load_json(req)
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise
        except (RecursionError, ValueError):
            abort(400)


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A part of the API below /api/v1.

    Views state their permission directly below `route`, so that it is asked before anything is parsed:

        @blueprint.route("/officials")
        @requires("officials.manage")
        @blueprint.response(200, OfficialSchema(many=True))
        def officials(): …

    The docstring is the documentation. Security and the errors that any operation can answer with are added to it.
    Requests are counted by address; a part that counts them in its own way says `has_own_limits`.
    """

    ARGUMENTS_PARSER = StrictParser()

    def __init__(
        self,
        name: str,
        import_name: str,
        *,
        audience: Audience,
        description: str,
        has_own_limits: bool = False,
    ) -> None:
        super().__init__(
            f"api_{name}",
            import_name,
            url_prefix=PREFIX,
            subdomain=HOST_KIND[audience],
            description=description,
        )
        self.audience = audience
        self.title = name
        if has_own_limits:
            return
        limiter.limit(READ_LIMIT)(self)
        limiter.limit(WRITE_LIMIT, methods=list(UNSAFE))(self)

    def route(self, rule: str, **options: Any) -> Decorator[Any]:
        """Bind a view to a path below /api/v1."""
        decorate: Decorator[Any] = super().route(rule, **options)
        return decorate

    def arguments(
        self, schema: type[Schema] | Schema, *, location: str = "json", **options: Any
    ) -> Decorator[Any]:
        """Parse and check a part of the request; the view receives it as a further argument."""
        decorate: Decorator[Any] = super().arguments(schema, location=location, **options)
        return decorate

    def response(
        self, status_code: int, schema: type[Schema] | Schema | dict[str, str] | None = None, **options: Any
    ) -> Decorator[Any]:
        """Shape what the view returns; a dict describes an answer that is no JSON, such as a file."""
        decorate: Decorator[Any] = super().response(status_code, schema, **options)
        return decorate

    def problems(self, *names: str) -> Decorator[Any]:
        """Say which further errors the view answers with, by their HTTP names (`CONFLICT`)."""

        def decorate(view: Any) -> Any:
            for name in names:
                view = super(ApiBlueprint, self).alt_response(HTTPStatus[name].value, name)(view)
            return view

        return decorate

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        """Register an operation and describe what its permission and its path say already."""
        super().add_url_rule(
            rule, endpoint, view_func, *args, **{**options, "tags": options.get("tags") or [self.title]}
        )
        endpoint = self._endpoints[-1]
        permission = getattr(view_func, "siger_permission", "")
        errors = {"429": "TOO_MANY_REQUESTS"}
        if "<" in rule:
            errors["404"] = "NOT_FOUND"
        if permission != "anonymous":
            errors |= {"401": "UNAUTHORIZED", "403": "FORBIDDEN"}
        for method in options.get("methods") or ("GET",):
            manual = self._docs[endpoint][method.lower()].setdefault("manual_doc", {})
            manual.setdefault("operationId", f"{self.title}_{endpoint}".replace("-", "_"))
            manual["security"] = [] if permission == "anonymous" else [{"bearer": []}]
            manual["x-permission"] = permission
            described = manual.setdefault("responses", {})
            described |= {
                status: {"$ref": f"#/components/responses/{name}"} for status, name in errors.items()
            }
