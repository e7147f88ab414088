"""What policywatch remembers: the only SQL in the house, and the records that carry its rows."""
