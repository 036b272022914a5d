"""Figures: what the house does in how much time and memory, beside what was promised. Run by `make bench`."""
