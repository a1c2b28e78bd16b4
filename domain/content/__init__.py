"""Content: what the home page shows. Nothing here moves money, and nothing else waits for it."""
