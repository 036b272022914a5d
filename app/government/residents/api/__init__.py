"""The register for programs: one module a noun, below /api/v1 on a village's host."""

from __future__ import annotations

from app.government.residents.api import recording
from app.government.residents.api.books import book_api
from app.government.residents.api.documents import document_api
from app.government.residents.api.exports import export_api
from app.government.residents.api.households import household_api
from app.government.residents.api.imports import import_api
from app.government.residents.api.population import population_api
from app.government.residents.api.requests import request_api
from app.government.residents.api.residents import resident_api

API = (
    resident_api,
    household_api,
    recording.event_api,
    population_api,
    book_api,
    document_api,
    import_api,
    export_api,
    request_api,
)
"""Every part, in the order of the document."""
