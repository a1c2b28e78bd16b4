"""Collections over GraphQL: the collectors' queue."""
