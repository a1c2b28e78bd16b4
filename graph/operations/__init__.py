"""Running the house over GraphQL: the business clock of development, what is scheduled, what has run."""
