"""What changes in reconciliation: bills wanted and kept, lines read, comparisons, settlements, the work list."""
