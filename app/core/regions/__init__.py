"""Regions by Kemendagri code: loading them, and the words that villages of a region use."""
