"""Every select on the tables of lending, by topic."""
