"""Messages over GraphQL: what a borrower was told, and whether it arrived."""
