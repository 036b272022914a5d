"""Asking for what another office wrote: not found, and noted in the audit log."""

from __future__ import annotations

from app.province.regions import refuse_region, region_contains


def note_foreign(owner: str | None, office: str) -> None:
    """Note that somebody asked for another office's announcement or document; commits.

    Args:
        owner: the region that wrote it; None where there is no such thing, which is not noted.
        office: the region of who asks. What an office below still drafts is its own affair, but no foreign region's.
    """
    if owner is not None and not region_contains(office, owner):
        refuse_region(owner)
