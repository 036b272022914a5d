"""Tests of the government pillar."""
