"""Many villages at once: a workbook of villages and contacts, a dry run of it, then all of them prepared."""
