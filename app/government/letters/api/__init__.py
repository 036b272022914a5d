"""Letters for programs: one module a noun, below /api/v1 on a village's host."""

from __future__ import annotations

from app.government.letters.api.incoming import incoming_api
from app.government.letters.api.letters import letter_api
from app.government.letters.api.types import letter_type_api

API = (letter_type_api, letter_api, incoming_api)
"""Every part, in the order of the document."""
