"""What a person may write in collector.yaml, and how it becomes settings."""
