"""The words that every stage shares: frozen values, errors, Protocols."""
