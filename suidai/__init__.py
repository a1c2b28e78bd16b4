"""The front door: command line, embedded servers, the seed, the demo."""
