"""Invitations: the province picks villages, each gets a letter with a QR code and a link that works once."""
