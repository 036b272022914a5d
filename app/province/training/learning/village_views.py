"""Material and certificates on a village's own host: fetching a material is counted."""

from __future__ import annotations

import uuid

import structlog
from flask import abort
from flask.typing import ResponseReturnValue

from app.core.accounts.scoping import platform_rows
from app.core.actors import current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.files.services import FileMissing
from app.core.files.storage import StorageAway
from app.core.permissions import requires
from app.core.village.errors import Missing
from app.province.training.learning import certificates, making, materials
from app.province.training.learning.views import pdf_answer
from tenants.scope import current_tenant

log = structlog.get_logger(__name__)

blueprint = AudienceBlueprint("village_learning", __name__, audience="village", url_prefix="/pelatihan")


@blueprint.get("/<uuid:event_id>/materi/<uuid:material_id>")
@requires("village.view")
def material(event_id: uuid.UUID, material_id: uuid.UUID) -> ResponseReturnValue:
    """A material of an event that the village was invited to or sends people to."""
    actor = current_actor()
    assert actor is not None
    try:
        return materials.open_for_village(event_id, material_id, actor)
    except (Missing, FileMissing):
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)


@blueprint.get("/<uuid:event_id>/sertifikat/<uuid:certificate_id>")
@requires("village.view")
def certificate(event_id: uuid.UUID, certificate_id: uuid.UUID) -> ResponseReturnValue:
    """The certificate of somebody whom the village sent, while it holds."""
    tenant_id = current_tenant().id
    try:
        with platform_rows():
            row = certificates.village_certificate(event_id, certificate_id, tenant_id)
            data, name = making.file_of(row), making.file_name(row)
    except Missing:
        abort(404)
    except StorageAway as away:
        log.error("storage_away", error=str(away))
        abort(503)
    return pdf_answer(data, name)
