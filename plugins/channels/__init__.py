"""The built-in payment channels."""
