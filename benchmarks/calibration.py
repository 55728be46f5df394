"""Time calibrations, and compare them with plain EM and pyirt on the same data in the same run.

    python -m benchmarks.calibration [SET ...] [--pyirt] [--repeat N]

Sets: d2_1k d2_10k d3_10k s2_800k (default), d2_100k s2_8m. All data are simulated here, with fixed
seeds. Times are from responses in memory to estimates, without standard errors unless said; the
median of the repetitions. Read ratios rather than seconds on a machine that does other work.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models import ItemParameters, Responses, calibrate, simulate_responses
from models.em import Problem
from models.kernels import item_tables, kernel_for, one_blas_thread, with_weights
from models.maximisation import PriorTable, Structure, lower_asymptote, maximise
from models.parameters import Floats
from models.quadrature import Quadrature
from models.starting_values import starting_values

DENSE = {
    "d2_1k": (1_000, 50, "2PL"),
    "d2_10k": (10_000, 100, "2PL"),
    "d2_100k": (100_000, 100, "2PL"),
    "d3_10k": (10_000, 60, "3PL"),
}
SPARSE = {"s2_800k": (20_000, 1_000, 40), "s2_8m": (200_000, 2_000, 40)}


@dataclass(frozen=True)
class Data:
    """A simulated set and what made it."""

    name: str
    model: str
    items: ItemParameters
    responses: Responses


def make(name: str) -> Data:
    """One of the sets, simulated with a fixed seed."""
    rng = np.random.default_rng(sum(name.encode()))
    n_persons, n_items, last = DENSE.get(name) or SPARSE[name]
    guessing = rng.uniform(0.1, 0.28, n_items) if last == "3PL" else 0.0
    items = ItemParameters.of(
        np.clip(rng.lognormal(0.15, 0.3, n_items), 0.4, 2.8),
        np.clip(rng.normal(0, 1, n_items), -2.8, 2.8),
        guessing,
    )
    theta = rng.standard_normal(n_persons)
    if name in DENSE:
        responses = Responses.from_dense(simulate_responses(theta, items, rng))
        return Data(name, str(last), items, responses)
    return Data(name, "2PL", items, _adaptive(theta, items, int(last), rng))


def _adaptive(
    theta: Floats, items: ItemParameters, length: int, rng: np.random.Generator
) -> Responses:
    """A crude adaptive test: each next item has a difficulty near a running estimate.

    What a person meets depends only on that person's earlier answers, so it may be ignored.
    """
    n_persons, n_items = theta.size, len(items)
    by_difficulty = np.argsort(items.b)
    sorted_b = items.b[by_difficulty]
    used = np.zeros((n_persons, n_items), dtype=bool)
    estimate = np.zeros(n_persons)
    everybody = np.arange(n_persons)
    chosen = np.empty((n_persons, length), dtype=np.intp)
    scores = np.empty((n_persons, length), dtype=np.int8)
    for step in range(length):
        waiting, width = everybody, 60
        while waiting.size:
            centre = np.searchsorted(sorted_b, estimate[waiting])
            if step < 5:
                pick = rng.integers(0, n_items, waiting.size)
            else:
                pick = centre + rng.integers(-width, width + 1, waiting.size)
                width = min(2 * width, n_items)
            pick = by_difficulty[np.clip(pick, 0, n_items - 1)]
            fresh = ~used[waiting, pick]
            chosen[waiting[fresh], step] = pick[fresh]
            waiting = waiting[~fresh]
        item = chosen[:, step]
        used[everybody, item] = True
        p = 1.0 / (1.0 + np.exp(-items.a[item] * (theta - items.b[item])))
        scores[:, step] = rng.random(n_persons) < p
        expected = 1.0 / (1.0 + np.exp(items.b[item] - estimate))
        estimate += (scores[:, step] - expected) * 2.5 / np.sqrt(step + 2.0)
    return Responses.from_triples(
        np.repeat(everybody, length),
        chosen.ravel(),
        scores.ravel(),
        n_persons=n_persons,
        n_items=n_items,
    )


def plain_em(data: Data, target: float, most: int = 300) -> tuple[int, float, float]:
    """EM of Bock and Aitkin with the same kernels, nothing else, until it is as likely.

    Returns
    -------
    passes, seconds, how far the log-likelihood stayed below `target` plus 0.05.
    """
    start = time.perf_counter()
    slope, intercept = starting_values(data.responses)
    xi = np.stack([slope, intercept], axis=1)
    problem = Problem(
        kernel=kernel_for(data.responses),
        n_nodes=61,
        priors=PriorTable(np.zeros(xi.shape), np.full(xi.shape, 1e-6)),
        structure=Structure(np.ones(slope.size, dtype=bool)),
        tolerance=0.0,
        max_iterations=most,
    )
    quadrature = Quadrature.normal(61)
    passes, short = 0, np.inf
    with one_blas_thread():
        while passes < most:
            passes += 1
            tables = item_tables(xi[:, 0], xi[:, 1], lower_asymptote(xi), quadrature.nodes)
            tables = with_weights(tables, quadrature.log_weights)
            expected = problem.kernel.expected_counts(tables)
            short = target - expected.log_likelihood
            if short < 0.05:
                break
            xi, _, _ = maximise(xi, expected, quadrature.nodes, problem.priors, problem.structure)
    return passes, time.perf_counter() - start, max(short, 0.0)


def median_time(work: Callable[[], object], repeat: int) -> float:
    """Median wall time in seconds, after one run to warm up."""
    work()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def report(name: str, repeat: int, with_pyirt: bool) -> None:
    """Measure one set and print a line for each way of fitting it."""
    data = make(name)
    priors = "default" if data.model == "3PL" else None
    fit = calibrate(data.responses, data.model, priors=priors, errors=False)
    seconds = median_time(
        lambda: calibrate(data.responses, data.model, priors=priors, errors=False), repeat
    )
    start = time.perf_counter()
    calibrate(data.responses, data.model, priors=priors)
    with_errors = time.perf_counter() - start
    error_a = float(np.sqrt(np.mean((fit.items.a - data.items.a) ** 2)))
    error_b = float(np.sqrt(np.mean((fit.items.b - data.items.b) ** 2)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:8s} native    {seconds:8.3f} s  ({with_errors:.3f} s with standard errors)  "
        f"{fit.n_iterations:3d} passes  converged {fit.converged}  "
        f"log-likelihood {fit.log_likelihood:.3f}  "
        f"RMSE a {error_a:.3f} b {error_b:.3f}  peak {memory:.0f} MB"
    )
    if data.model == "2PL":
        passes, plain, short = plain_em(data, fit.log_likelihood)
        print(
            f"{name:8s} plain EM  {plain:8.3f} s  {passes:3d} passes, {short:.3f} short  "
            f"= {plain / seconds:.1f} x native"
        )
    if with_pyirt and data.responses.n_responses <= 100_000 and data.model == "2PL":
        start = time.perf_counter()
        other = calibrate(data.responses, engine="pyirt")
        elapsed = time.perf_counter() - start
        print(
            f"{name:8s} pyirt     {elapsed:8.3f} s  {fit.log_likelihood - other.log_likelihood:.3f}"
            f" short  = {elapsed / seconds:.1f} x native"
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["d2_1k", "d2_10k", "d3_10k", "s2_800k"])
    parser.add_argument("--pyirt", action="store_true", help="also time pyirt on the small sets")
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    for name in arguments.sets:
        if name not in DENSE and name not in SPARSE:
            parser.error(f"{name} is no set; choose from {', '.join([*DENSE, *SPARSE])}")
        report(name, arguments.repeat, arguments.pyirt)


if __name__ == "__main__":
    main()
