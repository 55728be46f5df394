"""Other calibrators behind `models.calibrate(engine=...)`, each imported when it is asked for."""
