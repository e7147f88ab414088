"""What policywatch watches, decides and runs."""
