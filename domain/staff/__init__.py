"""Staff: who works here, what each may do, and changes that one asks for and another decides."""
