"""Asking for a letter from one's own phone: choosing it, filling in, following it, fetching it."""
