"""Stage 2: the bytes of one ZCL frame become values in SI units; pure and total."""
