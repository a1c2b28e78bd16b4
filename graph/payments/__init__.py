"""Payments over GraphQL: the ways to pay, and what a borrower asked to pay."""
