"""What results say to people: the report of a sitting."""
