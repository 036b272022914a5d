"""Scans and photos of residents and households: checked, written anew, sealed, and shown to few."""
