"""The WSGI entry: gunicorn and Flask's command line find the application here."""

import gc

from quizengine.app import create_app
from quizengine.config import WrongSetting

try:
    app = create_app()
except WrongSetting as wrong:
    raise SystemExit(f"quizengine: not started: {wrong}") from None
# What is loaded now stays: the collector need not look through it again, and the processes that
# gunicorn forks keep sharing it.
gc.collect()
gc.freeze()
