"""Grafana's dashboards and provisioning, as code: `python -m grafana` writes the files."""
