"""What a browser may send about standards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from quizengine.errors import InvalidInput
from quizengine.standards.service import Cut


@dataclass(frozen=True, slots=True)
class StandardForm:
    """A panel's result as it was typed; `cut` and `error` have one text a competency and "all"."""

    tier: str = "T2"
    method: str = "modified-angoff"
    cut: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, str] = field(default_factory=dict)
    school: str = ""
    hospital: str = ""
    rounds: str = "3"
    note: str = ""
    effective: str = ""  # a day, ISO 8601; empty is today

    @classmethod
    def read(cls, sent: Mapping[str, str], codes: Sequence[str]) -> StandardForm:
        """The form from the fields of a request."""
        names = [*codes, "all"]
        return cls(
            tier=sent.get("tier", ""),
            method=sent.get("method", ""),
            cut={name: sent.get(f"cut-{name}", "").strip() for name in names},
            error={name: sent.get(f"error-{name}", "").strip() for name in names},
            school=sent.get("school", "").strip(),
            hospital=sent.get("hospital", "").strip(),
            rounds=sent.get("rounds", "").strip(),
            note=sent.get("note", "").strip()[:2000],
            effective=sent.get("effective", "").strip(),
        )

    def cut_of(self, name: str) -> Cut:
        """The cut of a competency, or of the whole as "all"; refused when it is no number."""
        try:
            values = [float(part[name].replace("−", "-")) for part in (self.cut, self.error)]
        except (KeyError, ValueError):
            raise InvalidInput("cut-missing", competency=name) from None
        return Cut(values[0], values[1])

    def panel(self) -> dict[str, object]:
        """The panel; refused when its numbers are none."""
        try:
            counts = {name: int(getattr(self, name) or 0) for name in ("school", "hospital")}
            rounds = int(self.rounds or 0)
        except ValueError:
            raise InvalidInput("panel-too-small") from None
        if min(*counts.values(), rounds) < 0:
            raise InvalidInput("panel-too-small")
        return {**counts, "rounds": rounds, "note": self.note}

    def effective_from(self, now: datetime, time_zone: str) -> datetime:
        """The start of the day it holds from, in the school's zone; today holds from now on."""
        if not self.effective:
            return now
        try:
            day = datetime.fromisoformat(self.effective)
        except ValueError:
            raise InvalidInput("effective-in-the-past") from None
        start = day.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
        today = now.astimezone(ZoneInfo(time_zone)).date()
        return now if day.date() == today else start
