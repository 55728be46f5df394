"""Use cases of item banks, by what they do."""
