"""One of the three pillars; each folder in it is a capability."""
