"""Whole records of the register as programs read them, and being told their numbers in full."""
