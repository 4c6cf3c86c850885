"""What is answered over HTTP: metrics, health, and the API on the control socket."""
