"""The demonstration: a term of a simulated cohort, from its practice to recognised credits.

Nobody in it is real. Its students, sittings and parameter sets are marked as simulated and every
page says so; the calibration, the rooms and the way of a claim are the product's own.
"""
