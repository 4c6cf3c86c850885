"""Trustworthy energy telemetry from Aqara LLKZMK11LM Zigbee relays."""

__version__ = "0.1.0"
