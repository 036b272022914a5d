"""The register's own deeds: entering and changing residents and households, and what is valid in them."""
