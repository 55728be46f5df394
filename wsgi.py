"""The WSGI entry: gunicorn and Flask's command line find the application here."""

import gc

from quizengine.app import create_app

app = create_app()
# What is loaded now stays: the collector need not look through it again, and the processes that
# gunicorn forks keep sharing it.
gc.collect()
gc.freeze()
