"""The pages on which residents and households are entered and corrected."""

from __future__ import annotations

from app.government.residents.register.views.households import blueprint as household_forms_blueprint
from app.government.residents.register.views.residents import blueprint as resident_forms_blueprint

__all__ = ["household_forms_blueprint", "resident_forms_blueprint"]
