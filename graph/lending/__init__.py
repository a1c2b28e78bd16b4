"""Lending over GraphQL: products, quotes, loans and what is owed on them, what is passed on to funding parties."""
