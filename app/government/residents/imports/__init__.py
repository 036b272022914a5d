"""Bringing the registers that villages already have: upload, columns, preview, apply, and taking it all back."""
