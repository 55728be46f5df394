"""The first page after signing in: what waits for each role, over all domains."""
