"""What lending does: short functions that lock, decide, write and never commit."""
