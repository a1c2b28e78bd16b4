"""What borrowers decides, as pure functions: what is a phone, a name, an identity number, a card; what may follow what."""
