"""Runs the reading of one uploaded file in a process of its own, under limits."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itembank.errors import ItemBankError
from quizengine.banks.service.dicom import is_dicom
from quizengine.banks.service.pictures import rewrite_picture
from quizengine.config import PROJECT, load_settings
from quizengine.errors import InvalidInput

log = logging.getLogger(__name__)
PICTURE_SECONDS = 20  # for one picture, while a person waits
_POLL = 0.05
_TICK = 1.0  # seconds between two looks at whether the work is still wanted
_OUT_OF_TIME = (-signal.SIGXCPU,)
_OUT_OF_MEMORY = (-signal.SIGKILL, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS)


@dataclass(frozen=True, slots=True)
class Limits:
    """Address space in MB, and seconds by the wall clock and by the processor's."""

    memory_mb: int
    seconds: int

    @classmethod
    def of_settings(cls) -> Limits:
        """IMPORT_MEMORY_MB and IMPORT_SECONDS of the environment."""
        settings = load_settings()
        return cls(settings.import_memory_mb, settings.import_seconds)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the process found; `pictures` are their bytes by SHA-256."""

    found: dict[str, Any]
    pictures: Mapping[str, bytes]


def read_limited(
    data: bytes,
    request: Mapping[str, Any],
    *,
    limits: Limits,
    tick: Callable[[str], None] = lambda stage: None,
) -> Answer:
    """Read a file in a process of its own.

    Parameters
    ----------
    tick : called about once a second with the stage; what it raises ends the process.

    Raises
    ------
    ItemBankError
        What the reader says of the file; "import-time", "import-memory"; "import-reader" when the
        reader broke.
    """
    with tempfile.TemporaryDirectory(prefix="import-") as name:
        folder = Path(name)
        (folder / "source").write_bytes(data)
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        with _started(folder, limits) as process:
            _wait(process, folder, limits, tick)
        return _answer_in(folder, process, limits)


def read_upload(data: bytes) -> tuple[str, bytes, tuple[str, ...]]:
    """A picture for a question: PNG, JPEG or DICOM, written anew.

    A DICOM file is decoded in a process of its own, under limits.

    Returns
    -------
    The suffix, the new bytes, and names of the DICOM elements that could name a person.

    Raises
    ------
    InvalidInput
        What `rewrite_picture` and `read_dicom` find.
    """
    if not is_dicom(data):
        return (*rewrite_picture(data), ())
    limits = Limits.of_settings()
    try:
        answer = read_limited(
            data,
            {"task": "picture"},
            limits=Limits(limits.memory_mb, min(limits.seconds, PICTURE_SECONDS)),
        )
    except ItemBankError as error:
        code = "picture-broken" if error.code.startswith("import-") else error.code
        raise InvalidInput(code, **error.details) from None
    return ".png", answer.pictures["picture.png"], tuple(answer.found["removed"])


@contextmanager
def _started(folder: Path, limits: Limits) -> Iterator[subprocess.Popen[bytes]]:
    """The process; whatever happens, it does not outlive the block."""
    command = [sys.executable, "-m", "quizengine.banks.service.import_child", str(folder)]
    command += [str(limits.memory_mb), str(limits.seconds), str(os.getpid())]
    environment = {
        # no secret of the installation is handed to a process that reads foreign bytes
        **{name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ},
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(folder),
    }
    with (folder / "said").open("wb") as said, (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=said,
            stderr=errors,
        )  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def _wait(
    process: subprocess.Popen[bytes], folder: Path, limits: Limits, tick: Callable[[str], None]
) -> None:
    end, next_tick = time.monotonic() + limits.seconds, time.monotonic() + _TICK
    while process.poll() is None:
        if time.monotonic() > end:
            raise ItemBankError("import-time", limit=limits.seconds)
        if time.monotonic() > next_tick:
            tick(_stage_in(folder))
            next_tick = time.monotonic() + _TICK
        time.sleep(_POLL)


def _stage_in(folder: Path) -> str:
    lines = (folder / "said").read_text(encoding="utf-8", errors="replace").split()
    return lines[-1] if lines else ""


def _answer_in(folder: Path, process: subprocess.Popen[bytes], limits: Limits) -> Answer:
    refusal = _json_in(folder / "refusal.json")
    if refusal is not None:
        details = dict(refusal["details"])
        raise ItemBankError(refusal["code"], str(details.pop("where", "")), **details)
    found = _json_in(folder / "reading.json") if process.returncode == 0 else None
    if found is not None:
        files = (folder / "pictures").iterdir() if (folder / "pictures").is_dir() else ()
        pictures = {path.name: path.read_bytes() for path in files}
        if (folder / "picture.png").exists():
            pictures["picture.png"] = (folder / "picture.png").read_bytes()
        return Answer(found, pictures)
    if process.returncode in _OUT_OF_TIME:
        raise ItemBankError("import-time", limit=limits.seconds)
    errors = (folder / "errors").read_text(encoding="utf-8", errors="replace")
    if process.returncode in _OUT_OF_MEMORY or "MemoryError" in errors:
        raise ItemBankError("import-memory", limit=limits.memory_mb)
    log.error("the reader ended with %s: %s", process.returncode, errors[-4000:])
    raise ItemBankError("import-reader")


def _json_in(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
