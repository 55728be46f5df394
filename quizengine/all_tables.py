"""Names every module with tables, so that the metadata is whole when it is asked for."""

from quizengine import audit, jobs
from quizengine.accounts import tables as accounts
from quizengine.banks import tables as banks
from quizengine.calibration import tables as calibration
from quizengine.credits import tables as credits
from quizengine.exams import tables as exams
from quizengine.standards import tables as standards

__all__ = [
    "accounts",
    "audit",
    "banks",
    "calibration",
    "credits",
    "exams",
    "jobs",
    "standards",
]
