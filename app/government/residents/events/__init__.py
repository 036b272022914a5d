"""Life events: recording them, undoing them, the monthly population report, closing months."""
