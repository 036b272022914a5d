"""Mentoring: who stands by which village, what it asked for, what was done on the spot."""
