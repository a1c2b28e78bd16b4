"""Payments over GraphQL: the ways to pay, orders, mandates, refunds, and the money that waits for a person."""
