"""What a browser may send about credits."""

from __future__ import annotations

from collections.abc import Mapping

from quizengine.credits.service.queue import SHOWN, QueueFilter

AGES = (0, 3, 7, 14, 30)  # days


def read_filter(values: Mapping[str, str]) -> QueueFilter:
    """The filter of the queue; what is not offered counts as not chosen."""
    state = values.get("state", "open")
    older = _number(values.get("older", "0"))
    return QueueFilter(
        state=state if state in SHOWN else "open",
        bank=values.get("bank", "")[:64],
        older_than_days=older if older in AGES else 0,
        text=values.get("q", "").replace("\x00", "")[:100],
        page=min(max(1, _number(values.get("page", "1"))), 100_000),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
