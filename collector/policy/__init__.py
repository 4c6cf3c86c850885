"""Readings to commands: rules, latches, and the one arbiter; pure, takes `now`."""
