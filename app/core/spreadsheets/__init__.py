"""Spreadsheets from outside: read in a process of its own that can be killed, never in the one that serves people."""

from __future__ import annotations

from app.core.spreadsheets.reading import SheetName, Table, read_table
from app.core.spreadsheets.refusals import SpreadsheetRefused
from app.core.spreadsheets.tables import heading_key

__all__ = ["SheetName", "SpreadsheetRefused", "Table", "heading_key", "read_table"]
