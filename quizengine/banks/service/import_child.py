"""The process that reads one uploaded file: little memory, little time, gone with its parent.

    python -m quizengine.banks.service.import_child FOLDER MEMORY_MB SECONDS PARENT

FOLDER holds `source` and `request.json`; `reading.json` and `pictures/` are written into it, or
`refusal.json`. The stages are said on standard output, one a line.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any


def main(arguments: list[str]) -> int:
    """Read the file under the limits; returns the exit status."""
    folder, memory, seconds, parent = Path(arguments[0]), *map(int, arguments[1:4])
    _end_with(parent)
    _limit(memory, seconds)
    try:
        _answer(folder)
    except MemoryError:
        return _refuse(folder, "import-memory", {"limit": memory})
    return 0


def _end_with(parent: int) -> None:
    """Ask the kernel to end this process when its parent is gone, however it went."""
    if sys.platform.startswith("linux"):
        set_death_signal = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(3)


def _limit(memory: int, seconds: int) -> None:
    import resource

    limits = {
        resource.RLIMIT_AS: memory * 1024 * 1024,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 1024**3,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        _soft, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _answer(folder: Path) -> None:
    from itembank.errors import ItemBankError
    from quizengine.banks.service import import_reading
    from quizengine.errors import InvalidInput

    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    data = (folder / "source").read_bytes()
    if request.get("task") == "picture":
        _read_picture(folder, data)
        return
    try:
        reading = import_reading.read_source(data, import_reading.Request.of(request), _say)
    except (ItemBankError, InvalidInput) as refusal:
        details = {**refusal.details, "where": getattr(refusal, "where", "")}
        _refuse(folder, refusal.code, import_reading.plain_details(details))
        return
    except RecursionError:
        _refuse(folder, "import-too-deep", {})
        return
    (folder / "pictures").mkdir(exist_ok=True)
    for sha256, picture in reading.pictures.data.items():
        (folder / "pictures" / sha256).write_bytes(picture)
    _write(folder / "reading.json", import_reading.to_json(reading))


def _read_picture(folder: Path, data: bytes) -> None:
    """One DICOM file for the page where a question is written."""
    from dataclasses import asdict

    from quizengine.banks.service.dicom import read_dicom
    from quizengine.errors import InvalidInput

    try:
        found = read_dicom(data)
    except InvalidInput as refusal:
        _refuse(folder, refusal.code, dict(refusal.details))
        return
    (folder / "picture.png").write_bytes(found.png)
    about = asdict(found)
    del about["png"]
    _write(folder / "reading.json", about)


def _refuse(folder: Path, code: str, details: dict[str, Any]) -> int:
    _write(folder / "refusal.json", {"code": code, "details": details})
    return 0


def _write(path: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # a lone surrogate of a hostile file is no character and cannot be stored
    path.write_bytes(text.encode("utf-8", "replace"))


def _say(stage: str) -> None:
    print(stage, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
