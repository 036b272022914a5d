"""When villages are scored: whenever figures of a month are about to be added up."""

from __future__ import annotations

from app.core.indicators.rollup import before_rolling
from app.province.readiness.scoring import score_districts

before_rolling(score_districts)
