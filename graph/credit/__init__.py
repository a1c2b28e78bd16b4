"""Credit over GraphQL: applications, the review queue, credit lines."""
