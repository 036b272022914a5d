"""Copies of villages: taken at night or by hand, checked, compared, put back."""
