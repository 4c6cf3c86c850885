"""Zigbee2MQTT's MQTT interface: states out, commands in, and Home Assistant's discovery."""
