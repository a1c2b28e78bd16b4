"""The home page over GraphQL."""
