"""arq workers: ten lines around a service."""
