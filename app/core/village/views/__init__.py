"""The screens of a village's own settings and its staff's start page."""

from __future__ import annotations

from app.core.village.views.officials import blueprint as officials_blueprint
from app.core.village.views.settings import blueprint as village_blueprint
from app.core.village.views.start import start
from app.core.village.views.sub_areas import blueprint as sub_areas_blueprint

__all__ = ["officials_blueprint", "start", "sub_areas_blueprint", "village_blueprint"]
