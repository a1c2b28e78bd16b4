"""Operations: what the house itself is doing: its clock, its schedule, the work that waits. No business of its own."""
