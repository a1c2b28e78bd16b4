"""Every select on collections' tables, by topic."""
