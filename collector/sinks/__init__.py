"""Readings out, write-only."""
