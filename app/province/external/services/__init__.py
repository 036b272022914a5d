"""Deeds about villages with other software. Every function runs inside a platform scope; those that say so commit."""
