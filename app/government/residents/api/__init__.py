"""The register for programs: one module a noun, below /api/v1 on a village's host."""

from __future__ import annotations

from app.government.residents.api import recording
from app.government.residents.api.households import household_api
from app.government.residents.api.residents import resident_api

API = (resident_api, household_api, recording.event_api)
"""Every part, in the order of the document."""
