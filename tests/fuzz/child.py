"""Fuzzes one target in this process, with libFuzzer by way of atheris; `__main__` starts it.

A failure is kept and the run goes on, so that one mistake does not hide the next. Only what cannot
be caught ends it: a hang beyond libFuzzer's own limit, or the memory running out.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import time
import traceback
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["itembank", "quizengine"]):
    from tests.fuzz.targets import TARGETS
from tests.fuzz.mutation import mutate_structure

MAX_CPU_SECONDS = 5.0  # an input of at most MAX_LENGTH bytes, in instrumented code
MAX_GROWTH = 400_000  # KiB by which one input may raise the peak of the memory
STRUCTURED = 0.6  # share of the mutations that keep the file's structure


class TooSlow(Exception):
    """An input took more processor time than any file of its size may."""


class TooLarge(Exception):
    """An input took more memory than any file of its size may."""


def signature_of(error: BaseException) -> str:
    """Names a failure: its type and the innermost lines of the project."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/itembank/" in frame.filename or "/quiz" in frame.filename]
    last = (own or frames)[-1]
    return f"{type(error).__name__}-{Path(last.filename).stem}-{last.name}-{last.lineno}"


def main(target: str, folder: Path) -> None:
    """Run until libFuzzer's time is over; failures lie in `folder` by their signature."""
    seen: set[str] = set()
    check = TARGETS[target]

    def keep(error: BaseException, data: bytes) -> None:
        signature = signature_of(error)
        if signature in seen:
            return
        seen.add(signature)
        name = f"{signature}-{hashlib.sha256(data).hexdigest()[:8]}"
        (folder / name).write_bytes(data)
        trace = "".join(traceback.format_exception(error))
        (folder / f"{name}.txt").write_text(trace, encoding="utf-8", errors="replace")
        print(f"FOUND {name}", file=sys.stderr, flush=True)

    def test_one(data: bytes) -> None:
        began, peak = time.process_time(), _peak()
        try:
            check(data)
            seconds, growth = time.process_time() - began, _peak() - peak
            if seconds > MAX_CPU_SECONDS:
                raise TooSlow(f"{seconds:.1f} s for {len(data)} bytes")
            if growth > MAX_GROWTH:
                raise TooLarge(f"{growth // 1024} MiB for {len(data)} bytes")
        except Exception as error:
            keep(error, data)

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < STRUCTURED:
            changed = mutate_structure(data, random)
            if len(changed) <= max_size:
                return changed
        return bytes(atheris.Mutate(data, max_size))

    atheris.Setup(sys.argv, test_one, custom_mutator=mutate)
    atheris.Fuzz()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    name, place = sys.argv.pop(1), sys.argv.pop(1)
    main(name, Path(place))
