"""The WSGI entry: gunicorn and Flask's command line find the application here."""

from quizengine.app import create_app

app = create_app()
