"""What the register keeps sealed, so that a change of key reaches all of it."""

from __future__ import annotations

from app.core.privacy.sealed import register_sealed, register_sealed_objects
from app.government.residents.models import (
    DataRequest,
    Household,
    ImportRun,
    LifeEvent,
    Resident,
    ResidentDocument,
)

DOCUMENTS = "documents"
"""Scans and photos: `documents/<resident_document.id>`, or several below that (a folder has no bytes of its own)."""
IMPORTS = "imports"
"""What an import keeps: `imports/<import_run.id>/upload`, `…/rows` and so on."""
EXPORTS = "exports"
"""Exports that a job prepared: `exports/<id>`; no row notes their key."""


def declare_sealed() -> None:
    """Declare tables and folders (at start)."""
    register_sealed(Resident, indexes={"nik_index": ("nik", "nik")})
    register_sealed(Household, indexes={"kk_index": ("kk", "kk")})
    register_sealed(LifeEvent)
    register_sealed(DataRequest)
    register_sealed_objects(DOCUMENTS, ResidentDocument)
    register_sealed_objects(IMPORTS, ImportRun)
    register_sealed_objects(EXPORTS)
