"""Accounts: who people are, how they sign in, what they may do."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.core.capabilities import Capability

capability = Capability(name="accounts", label=_("accounts"), pillar="core")
