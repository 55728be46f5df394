"""Use cases of calibration: reading responses, fitting, storing, comparing, publishing."""
