#!/bin/bash
# Run once, by InfluxDB's image after it has made the bucket: InfluxQL (Grafana's simple
# query editor) asks for a database and a retention policy, which is this bucket.
set -euo pipefail

influx v1 dbrp create --default --db energy --rp autogen \
  --bucket-id "$DOCKER_INFLUXDB_INIT_BUCKET_ID"
