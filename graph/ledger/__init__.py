"""The books over GraphQL: accounts and the trial balance, for finance."""
