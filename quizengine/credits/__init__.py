"""Credits: from a decision to recognised course credit, by two people and by rules as data."""
