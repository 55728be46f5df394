"""Teaching figures computed from formulas, never taken from a patient.

`registry.FIGURES` names them all; `python -m itembank.figures` writes them into the shipped banks.
"""
