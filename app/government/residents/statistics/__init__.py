"""Figures about the population: for staff in detail, for the public as sums in which nobody can be recognised."""
