"""What the demonstration consists of: sizes, names and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np

Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Group:
    """A class that prepares for one of the two certificates."""

    bank: str
    class_code: str
    class_name: str
    instructor: str  # user name
    room_title: str
    room_days_ago: int
    room_hour: int  # UTC


GROUPS = (
    Group("rad", "DEMO-RAD", "Demonstration: radiography · 演示：放射技术", "instructor",
          "Radiographer, end of term (simulated) · 放射技师期末考试（模拟）", 12, 1),
    Group("son", "DEMO-SON", "Demonstration: sonography · 演示：超声技术", "instructor2",
          "Sonographer, end of term (simulated) · 超声技师期末考试（模拟）", 11, 6),
)  # fmt: skip

# What role accounts the demonstration adds to those of the first start: registry and classes
# need two people each.
MORE_ACCOUNTS = (
    ("instructor", "instructor2", "He Lan"),
    ("registrar", "registrar2", "Tang Yi"),
)
DEMO_STUDENT = "student"

TERM_DAYS = 112  # sixteen weeks of practice and what follows them
PRACTICE_ENDS = 21  # days ago
CALIBRATED = 19
ADOPTED = 18
CLAIMED, CHECKED, DECIDED = 9, 6, 3
ROOM_MINUTES = 90
ROOM_QUESTIONS = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the demonstration is. The same plan on the same day gives the same answers.

    Attributes
    ----------
    n_students : simulated students, half of them in each class.
    n_in_room : of each class, who sit the invigilated exam.
    now : the moment that all days are counted back from.
    """

    now: datetime
    n_students: int = 300
    n_in_room: int = 30
    seed: int = 20

    @property
    def class_size(self) -> int:
        return self.n_students // len(GROUPS)

    @property
    def term_start(self) -> datetime:
        return self.days_ago(TERM_DAYS)

    def days_ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def hour_of_day(self, days: int, hour: float) -> datetime:
        """An hour (UTC) of the day so many days ago."""
        day = datetime.combine(self.days_ago(days).date(), time(), self.now.tzinfo)
        return day + timedelta(hours=hour)

    def moment(self, rng: Random, first: float, last: float) -> datetime:
        """A moment in daytime, between so many days ago and so many."""
        days = round(last + (first - last) * float(rng.random()))
        return self.hour_of_day(days, 0.5 + 12.5 * float(rng.random()))

    def random(self, *keys: int) -> Random:
        """The source of chance for one thing, whatever was drawn for others."""
        return np.random.default_rng([self.seed, *keys])

    def to_json(self) -> dict[str, Any]:
        """The plan as a job keeps it."""
        return {
            "now": self.now.isoformat(),
            "n_students": self.n_students,
            "n_in_room": self.n_in_room,
            "seed": self.seed,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Plan:
        """The plan that `to_json` wrote."""
        return cls(**values | {"now": datetime.fromisoformat(values["now"])})
