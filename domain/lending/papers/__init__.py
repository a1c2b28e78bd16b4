"""What a lender puts on paper: the contract, the statement of a loan, the certificate that it is settled.

Facts in, PDF out: no database and no clock in here, and the same facts give the same bytes.
"""
