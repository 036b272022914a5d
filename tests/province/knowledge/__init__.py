"""Tests of the help centre."""
