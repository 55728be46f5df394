"""Names every module with tables, so that the metadata is whole when it is asked for."""

from quizengine import jobs
from quizengine.accounts import tables as accounts
from quizengine.banks import tables as banks
from quizengine.calibration import tables as calibration
from quizengine.exams import tables as exams

__all__ = ["accounts", "banks", "calibration", "exams", "jobs"]
