"""Tests, material, evaluations, certificates. The capability is in `manifest`, since other parts import the models."""
