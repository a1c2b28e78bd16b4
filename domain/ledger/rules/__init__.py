"""What the books are made of, without a database: the chart of accounts and lines that balance."""
