"""The case that rows of a table share: its text may stand in the first row only."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itembank.formats.table_rows import Row

_SHEET = re.compile("共用题干|a3|a4|题组|案例|病例|case", re.IGNORECASE)
_YES = {"1", "true", "yes", "y", "是", "√", "✓"}


@dataclass(slots=True)
class SetMemory:
    """The cases met so far in a file: by id their native form, and the last position used."""

    cases: dict[str, dict[str, object]] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)  # sheet -> id


def read_stimulus(row: Row, memory: SetMemory) -> dict[str, object] | None:
    """The native `stimulus` of a row; None where the row belongs to no set.

    Rows of a set share an id or the text of the case. A row that has only the id takes the text
    from an earlier one; one that has neither takes both on a sheet of sets, where the cell above is
    merged over the rows. Positions count from 1 unless the row says its own.
    """
    name, text = row.get("stimulus_id"), row.text("stimulus")
    figures = row.figures("stimulus_figure")
    sheet = row.context.sheet
    if not name and not text and not figures:
        if not _SHEET.search(sheet) or sheet not in memory.latest:
            return None
        name = memory.latest[sheet]
    if not name:
        words = "\n".join(text.values())
        name = f"set-{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()[:12]}"
    known = memory.cases.get(name)
    if text or figures:
        case: dict[str, object] = {"text": text, "figures": figures}
    elif known is not None:
        case = known
    else:
        row.report("error", "stimulus-empty", "stimulus_id")
        return None
    memory.cases.setdefault(name, case)
    memory.latest[sheet] = name
    position = _position(row, memory.positions.get(name, 0) + 1)
    memory.positions[name] = max(position, memory.positions.get(name, 0))
    return {
        "id": name,
        **case,
        "irreversible": row.get("irreversible").casefold() in _YES,
        "position": position,
    }


def _position(row: Row, following: int) -> int:
    written = row.get("position")
    if not written:
        return following
    if not re.fullmatch(r"[0-9]{1,3}", written):
        row.report("warning", "label-ignored", "position", value=written[:80], field="position")
        return following
    return int(written)
