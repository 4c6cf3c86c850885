"""Stage 3: measured becomes true: plausibility, correction, one growing energy counter; pure."""
