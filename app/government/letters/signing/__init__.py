"""Signing letters: the head's queue, the village's keys, and the worker that has letters signed by BSrE."""
