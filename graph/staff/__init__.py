"""Staff over GraphQL: who works here, logging in, changes that take two people."""
