"""What outlives a restart: the data folder, its lock and its databases."""
