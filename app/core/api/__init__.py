"""The JSON API at /api/v1 on both kinds of host.

A capability lists its `ApiBlueprint`s in its manifest (`api_blueprints`). Each has an audience as pages have, and so
appears on the hosts of villages or on the province's, and in the OpenAPI document of that kind of host alone.
"""

from __future__ import annotations

from flask import Flask

from app.core.api.blueprints import ApiBlueprint
from app.core.api.documents import Documents, docs
from app.core.api.paging import KeysetQuery, page_of, schema_of_page
from app.core.capabilities import capabilities

__all__ = ["ApiBlueprint", "KeysetQuery", "init_api", "page_of", "schema_of_page"]


def init_api(app: Flask) -> None:
    """Register every capability's API and the documents that describe it."""
    documents = Documents(app)
    for capability in capabilities():
        for blueprint in capability.api_blueprints:
            documents.register(blueprint)
    app.register_blueprint(docs)
