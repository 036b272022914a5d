"""What residents are told, and how they choose it."""
