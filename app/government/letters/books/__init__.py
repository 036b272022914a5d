"""The books that letters stand in: outgoing, incoming with dispositions, agenda, expedition, annual archive."""
