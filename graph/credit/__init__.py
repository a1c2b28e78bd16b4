"""Credit over GraphQL: applications, reports on the applicant, the review queue, credit lines."""
