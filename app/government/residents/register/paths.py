"""Addresses of the pages that show what was entered."""

from __future__ import annotations

import uuid


def resident_path(resident_id: uuid.UUID) -> str:
    """The page of a resident."""
    return f"/penduduk/{resident_id}"


def household_path(household_id: uuid.UUID) -> str:
    """The page of a household."""
    return f"/keluarga/{household_id}"
