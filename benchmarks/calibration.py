"""Time calibrations against other programs, on the same data in the same run.

    python -m benchmarks.calibration [SET ...] [--repeat 3] [--limit 120] [--ours]

Sets: see `benchmarks.data_sets` (all simulated, fixed seeds); by default those that take seconds.
Programs: ours (with and without standard errors), and of theta-irt, girth, the Python mirt and
pyirt those that are installed; the others are named and left out. Each program runs in a process of
its own, so that its peak memory and its first fit (import, compilation) are its own. Times are from
arrays in memory to estimates, without standard errors unless said: the median of the repetitions
after a first one. `short` is how far the marginal log-likelihood (61 points on [-6, 6], float64)
stays below the best of the run. 3PL programs have different priors, so there it is no defect.
Read CPU seconds and ratios rather than walls on a machine that does other work.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data_sets import DENSE, SPARSE, Data, load, make

Estimates = dict[str, np.ndarray]  # a, b (or thresholds), c
Fit = Callable[[], Estimates]

PEERS = {"theta-irt": "theta", "girth": "girth", "mirt": "mirt", "pyirt": "pyirt"}
USUAL = ["d2_1k", "d2_10k", "d3_10k", "g5_5k", "s2_800k"]
SLOW = {"girth": ("d2_100k", *SPARSE), "pyirt": tuple(name for name in (*DENSE, *SPARSE)[1:])}
TOO_LARGE = {"theta-irt": ("s2_8m",), "mirt": ("s2_8m",)}  # persons x items does not fit


def ours(data: Data, *, errors: bool) -> Fit:
    """Our own fit; the 3PL with a normal prior on logit(c)."""
    from models import Priors, calibrate

    priors = Priors(None, None, (-1.4, 0.7)) if data.model == "3PL" else None

    def fit() -> Estimates:
        found = calibrate(data.responses, data.model, priors=priors, errors=errors).items
        if found.thresholds is not None:
            return {"a": found.a, "thresholds": found.thresholds}
        return {"a": found.a, "b": found.b, "c": found.c}

    return fit


def theta_irt(data: Data) -> Fit:
    import theta

    matrix = data.responses.to_dense().astype(np.float64)
    matrix[matrix < 0] = np.nan

    def fit() -> Estimates:
        found = theta.fit(matrix, data.model)
        c = np.asarray(found.c) if data.model == "3PL" else np.zeros(matrix.shape[1])
        return {"a": np.asarray(found.a), "b": np.asarray(found.b), "c": c}

    return fit


def python_mirt(data: Data) -> Fit:
    import mirt

    matrix = data.responses.to_dense().astype(np.int64)

    def fit() -> Estimates:
        found = mirt.fit_mirt(matrix, data.model, n_quadpts=61, compute_standard_errors=False)
        values = {name: np.asarray(value) for name, value in found.model.parameters.items()}
        if data.model == "GRM":
            return {"a": values["discrimination"], "thresholds": values["thresholds"]}
        c = values.get("guessing", np.zeros(matrix.shape[1]))
        return {"a": values["discrimination"], "b": values["difficulty"], "c": c}

    return fit


def girth(data: Data) -> Fit:
    import girth

    matrix = data.responses.to_dense().astype(np.int64).T
    options = {"quadrature_n": 61, "quadrature_bounds": (-6, 6)}

    def fit() -> Estimates:
        if data.model == "GRM":
            found = girth.grm_mml(matrix + 1, options)
            return {"a": found["Discrimination"], "thresholds": found["Difficulty"]}
        function = girth.threepl_mml if data.model == "3PL" else girth.twopl_mml
        found = function(matrix, options)
        c = np.asarray(found.get("Guessing", np.zeros(matrix.shape[0])))
        return {"a": found["Discrimination"], "b": found["Difficulty"], "c": c}

    return fit


def pyirt(data: Data) -> Fit:
    from models import calibrate

    def fit() -> Estimates:
        found = calibrate(data.responses, engine="pyirt").items
        return {"a": found.a, "b": found.b, "c": found.c}

    return fit


PROGRAMS: dict[str, Callable[[Data], Fit]] = {
    "ours": lambda data: ours(data, errors=False),
    "ours, errors": lambda data: ours(data, errors=True),
    "theta-irt": theta_irt,
    "girth": girth,
    "mirt": python_mirt,
    "pyirt": pyirt,
}


def log_likelihood(data: Data, estimates: Estimates) -> float:
    """Marginal log-likelihood of estimates, whoever made them."""
    from models.item_families import families_of
    from models.kernels import Sample, family_tables, kernel_for, with_weights
    from models.quadrature import Quadrature

    a = estimates["a"]
    highest = np.ones(a.size, dtype=np.intp)
    if data.model == "GRM":
        thresholds = estimates["thresholds"]
        highest[:] = thresholds.shape[1]
        xi = np.concatenate([a[:, None], -a[:, None] * thresholds], axis=1)
    else:
        c = np.clip(estimates["c"], 1e-12, 1 - 1e-12)
        xi = np.stack([a, -a * estimates["b"], np.log(c / (1 - c))], axis=1)
    names = (data.model if data.model == "GRM" else "3PL",) * a.size
    quadrature = Quadrature.normal()
    tables = family_tables(families_of(names, highest), xi, quadrature.nodes)
    kernel = kernel_for(Sample.of(data.responses, highest))
    return kernel.log_likelihood(with_weights(tables, quadrature.log_weights))


def measure(program: str, path: Path, repeat: int) -> dict[str, Any]:
    """One program on one set, in this process."""
    data = load(path)
    begin = time.perf_counter()
    fit = PROGRAMS[program](data)
    estimates = fit()
    first = time.perf_counter() - begin
    walls, processor = [], []
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        estimates = fit()
        walls.append(time.perf_counter() - wall)
        processor.append(time.process_time() - cpu)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    truth = data.items
    wanted = truth.b if truth.thresholds is None else truth.thresholds
    found = estimates["b"] if truth.thresholds is None else estimates["thresholds"]
    return {
        "first": first,
        "wall": statistics.median(walls) if walls else first,
        "cpu": statistics.median(processor) if processor else float("nan"),
        "peak": peak,
        "rmse_a": float(np.sqrt(np.mean((estimates["a"] - truth.a) ** 2))),
        "rmse_b": float(np.sqrt(np.mean((found - wanted) ** 2))),
        "log_likelihood": log_likelihood(data, estimates),
    }


def in_its_own_process(program: str, path: Path, repeat: int, limit: float) -> dict[str, Any] | str:
    """What `measure` says, or why there is nothing."""
    command = [sys.executable, "-m", "benchmarks.calibration", "--one", program, str(path)]
    try:
        done = subprocess.run(
            [*command, "--repeat", str(repeat)], capture_output=True, text=True, timeout=limit
        )
    except subprocess.TimeoutExpired:
        return f"not within {limit:.0f} s"
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return f"failed: {last[:90]}"
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def why_not(program: str, name: str) -> str | None:
    """Why a program is left out on a set, None when it is not."""
    if program in PEERS and find_spec(PEERS[program]) is None:
        return "not installed"
    if name == "g5_5k" and program in ("theta-irt", "pyirt"):
        return "has no graded model"
    if name in SLOW.get(program, ()):
        return "left out: far too slow"
    if name in TOO_LARGE.get(program, ()):
        return "left out: needs the dense matrix in floating point"
    return None


def compare(name: str, folder: Path, programs: list[str], repeat: int, limit: float) -> None:
    """Measure all programs on one set and print a table."""
    path = make(name).save(folder)
    rows: dict[str, dict[str, Any] | str] = {}
    for program in programs:
        reason = why_not(program, name)
        rows[program] = reason or in_its_own_process(program, path, repeat, limit)
    path.unlink()
    measured = [row for row in rows.values() if isinstance(row, dict)]
    best = max((row["log_likelihood"] for row in measured), default=float("nan"))
    own = rows.get("ours")
    print(f"\n{name}")
    print(
        f"  {'program':14}{'first s':>9}{'wall s':>9}{'CPU s':>9}{'x ours':>8}{'peak MB':>9}"
        f"{'short':>9}{'RMSE a':>8}{'RMSE b':>8}"
    )
    for program, row in rows.items():
        if isinstance(row, str):
            print(f"  {program:14}{row}")
            continue
        ratio = row["wall"] / own["wall"] if isinstance(own, dict) else float("nan")
        print(
            f"  {program:14}{row['first']:9.3f}{row['wall']:9.3f}{row['cpu']:9.3f}{ratio:8.1f}"
            f"{row['peak']:9.0f}{best - row['log_likelihood']:9.2f}{row['rmse_a']:8.3f}"
            f"{row['rmse_b']:8.3f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=USUAL)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for one program")
    parser.add_argument("--ours", action="store_true", help="leave the other programs out")
    parser.add_argument("--one", nargs=2, metavar=("PROGRAM", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        program, path = arguments.one
        print(json.dumps(measure(program, Path(path), arguments.repeat)))
        return
    unknown = set(arguments.sets) - {*DENSE, *SPARSE}
    if unknown:
        parser.error(f"no such set: {', '.join(sorted(unknown))}")
    programs = [p for p in PROGRAMS if not (arguments.ours and p in PEERS)]
    print("All data are simulated.")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.sets:
            compare(name, Path(folder), programs, arguments.repeat, arguments.limit)


if __name__ == "__main__":
    main()
