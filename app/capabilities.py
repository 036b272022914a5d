"""The list that create_app reads: adding a capability is adding its folder and a line here."""

from __future__ import annotations

CAPABILITIES = (
    "app.core.accounts",
    "app.core.audit",
    "app.core.village",
    "app.core.indicators",
    "app.core.files",
    "app.core.privacy.manifest",
    "app.core.casework.manifest",
    "app.core.notifications.manifest",
    "app.core.signing.manifest",
    "app.government.residents",
    "app.government.letters",
    "app.government.selfservice",
    "app.government.complaints",
    "app.government.service",
    "app.site",
    "app.province",
    "app.province.explorer",
    "app.province.maps",
    "app.province.readiness",
    "app.province.reports",
    "app.province.announcements",
    "app.province.external",
    "app.province.open_data",
    "app.province.training.events.manifest",
    "app.province.training.participants.manifest",
    "app.province.training.door.manifest",
    "app.province.training.learning.manifest",
    "app.province.training.results",
    "app.province.mentoring.cases",
    "app.province.mentoring.visits",
    "app.province.knowledge",
)
"""Modules with a `capability` (app.core.capabilities.Capability)."""
