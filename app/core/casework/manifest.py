"""The capability: what is sealed of cases."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capabilities import Capability
from app.core.casework.models import CaseFile, CaseStep
from app.core.privacy.sealed import register_sealed, register_sealed_objects

CASES = "cases"
"""Photos and scans of cases: `cases/<case_file.id>`."""

register_sealed(CaseStep)
register_sealed_objects(CASES, CaseFile)

capability = Capability(name="casework", label=_l("Berkas layanan"), pillar="core")
