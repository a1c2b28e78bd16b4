"""What changes payments: orders, attempts, notices, the work list, the audit of exchanges."""
