"""Borrowers over GraphQL: logging in, what they tell and prove of themselves, and what is shown of them."""
