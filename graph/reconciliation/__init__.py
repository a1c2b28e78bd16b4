"""Reconciliation over GraphQL: its runs and its work list, for finance."""
