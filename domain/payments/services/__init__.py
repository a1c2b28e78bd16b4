"""What changes payments: orders, attempts, notices, mandates, refunds, the work list, the audit of exchanges."""
