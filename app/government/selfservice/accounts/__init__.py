"""Residents' accounts: activation, PIN, signing in, own data, and how staff look after them.

@blueprint.get("/layanan")
@residents_only
def home(): … current_resident().resident_id …
"""

from __future__ import annotations

from app.government.selfservice.accounts.guard import current_resident, resident_or_none, residents_only
from app.government.selfservice.accounts.sessions import ResidentActor

__all__ = ["ResidentActor", "current_resident", "resident_or_none", "residents_only"]
