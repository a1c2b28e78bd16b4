"""What collections does: short functions that lock, decide, write and never commit."""
