"""Orders over all channels, with faults, odd borrowers and processes that are killed; and what must hold afterwards."""
