"""Collections over GraphQL: the collectors' queue, what is to be done in a case, contacts, promises."""
