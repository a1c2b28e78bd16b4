"""Lending over GraphQL: products, quotes, loans and what is owed on them."""
