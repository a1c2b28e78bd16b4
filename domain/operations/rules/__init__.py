"""What operations decides: pure functions."""
