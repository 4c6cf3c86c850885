"""Bytes from the coordinator to frames, and wishes back to bytes."""
