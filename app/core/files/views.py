"""Files by their links: public ones for everybody and for ever, private ones for the village's staff."""

from __future__ import annotations

import uuid

import structlog
from flask import Response, abort, make_response, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.files.names import Kind, disposition
from app.core.files.services import FileMissing, OpenedFile, find_file, open_file
from app.core.files.storage import StorageAway
from app.core.permissions import anonymous
from app.extensions import login
from tenants.scope import current_tenant_or_none

log = structlog.get_logger(__name__)

blueprint = AudienceBlueprint("files", __name__, audience="shared")

FOR_EVER = "public, max-age=31536000, immutable"


@blueprint.get("/berkas/<uuid:file_id>", defaults={"small": False})
@blueprint.get("/berkas/<uuid:file_id>/kecil", defaults={"small": True})
@anonymous
def show(file_id: uuid.UUID, small: bool) -> ResponseReturnValue:
    """A file of this host. Its owner's scope is the only one that knows its id."""
    try:
        row = find_file(file_id)
        if not row.is_public:
            if current_tenant_or_none() is None:
                abort(404)
            if not current_user.is_authenticated:
                refusal: ResponseReturnValue = login.unauthorized()
                return refusal
            if not current_user.may("village.view"):
                abort(403)
        tag = f"{row.sha256.hex()[:16]}{'k' if small else ''}"
        if request.if_none_match.contains(tag):
            return _headers(make_response("", 304), tag, row.is_public)
        return _answer(open_file(file_id, small=small), tag)
    except FileMissing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


def _answer(found: OpenedFile, tag: str) -> Response:
    response = make_response(found.data)
    response.content_type = found.media_type
    kind: Kind = "inline" if found.media_type.startswith("image/") else "attachment"
    response.headers["Content-Disposition"] = disposition(kind, found.file_name)
    return _headers(response, tag, found.is_public)


def _headers(response: Response, tag: str, is_public: bool) -> Response:
    response.headers["Cache-Control"] = FOR_EVER if is_public else "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.set_etag(tag)
    return response
