"""Every select on the tables of credit, by topic."""
