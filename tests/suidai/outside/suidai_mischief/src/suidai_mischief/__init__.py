"""Four plugins, each with a fault of its own."""
