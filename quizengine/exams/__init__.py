"""Exams and sittings: starting, answering, finishing."""
