"""A village's whole life after the beginning: renamed, divided, joined, closed, deleted."""
