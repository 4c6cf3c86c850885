"""Builds every part from the configuration; owns the queues and the one TaskGroup."""
