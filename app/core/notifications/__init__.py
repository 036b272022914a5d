"""Telling people what happened: in the application, by e-mail, by WhatsApp."""
