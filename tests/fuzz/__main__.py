"""`python -m tests.fuzz`: every reader of files against bytes nobody thought of, for a set time.

A failure is kept under `.fuzz/crashes/<target>` with its traceback; mended, it becomes a test. The
corpus grows in `.fuzz/corpus` from run to run; without `.fuzz` everything begins anew.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import time

from tests.fuzz.seeds import FUZZ, PROJECT, make_seeds
from tests.fuzz.targets import TARGETS

MAX_LENGTH = 100_000  # bytes of an input
HANG_SECONDS = 120  # of the clock; `child` is stricter in processor time
MEMORY = 2_000  # MiB


def run_target(target: str, seconds: int, seed: int) -> bool:
    """Fuzz one target; whether nothing was found."""
    crashes, corpus = FUZZ / "crashes" / target, FUZZ / "corpus" / target
    for folder in (crashes, corpus, FUZZ / "seeds" / target):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(crashes.iterdir())
    command = [
        sys.executable, "-m", "tests.fuzz.child", target, str(crashes),
        f"-max_total_time={seconds}", f"-max_len={MAX_LENGTH}", f"-timeout={HANG_SECONDS}",
        f"-rss_limit_mb={MEMORY}", f"-seed={seed}", "-print_final_stats=1", "-len_control=0",
        "-verbosity=1", f"-artifact_prefix={crashes}/", str(corpus), str(FUZZ / "seeds" / target),
    ]  # fmt: skip
    began = time.monotonic()
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, errors="replace")
    taken = time.monotonic() - began
    (FUZZ / f"{target}.log").write_text(done.stderr, encoding="utf-8")
    found = sorted(path.name for path in set(crashes.iterdir()) - before if path.suffix != ".txt")
    number = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    runs = int(number[1]) if number else 0
    print(
        f"{target:12} {runs:8} inputs in {taken:4.0f} s {runs / taken:7.1f} a second "
        f"{len(found):3} failures",
        flush=True,
    )
    for name in found:
        print(f"    .fuzz/crashes/{target}/{name}", flush=True)
    is_done = done.returncode == 0 and number is not None
    if not is_done and not found:
        print(f"    ended early: the last lines of .fuzz/{target}.log say why", flush=True)
    return is_done and not found


def main() -> int:
    """Fuzz the targets one after the other; 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)}; all by default")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=0, help="0 takes another one each time")
    options = parser.parse_args()
    if unknown := set(options.targets) - set(TARGETS):
        parser.error(f"no target is called {', '.join(sorted(unknown))}")
    if importlib.util.find_spec("atheris") is None:
        print("Fuzzing is left out: atheris exists for Linux on x86_64 only.")
        return 0
    make_seeds()
    fine = [run_target(name, options.seconds, options.seed) for name in options.targets or TARGETS]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    raise SystemExit(main())
