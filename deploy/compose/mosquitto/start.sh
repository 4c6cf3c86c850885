#!/bin/sh
# Makes the broker's file of users from the secret, then becomes the broker. The image has
# no bash. The password is hashed in a file: an argument would stand in the process list.
set -eu
umask 077

secret=/run/secrets/mqtt_password
users=/tmp/users
options=/tmp/mosquitto_sub  # of the health check, which logs in as a client does

if [ ! -s "$secret" ]; then
  echo "mosquitto: $secret is missing or empty; run deploy/secrets" >&2
  exit 1
fi
printf 'collector:%s\n' "$(cat "$secret")" >"$users"
mosquitto_passwd -U "$users"
printf '%s\n' '-u collector' "-P $(cat "$secret")" >"$options"
exec mosquitto -c /mosquitto/config/mosquitto.conf
