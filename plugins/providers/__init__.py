"""The built-in providers: the sandbox's parties, spoken to over HTTP as any real one would be, and a log for messages."""
