"""The radio and the relays without hardware: a Z-Stack coordinator on TCP."""
