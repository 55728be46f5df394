"""Simulated adaptive tests: simulees a second, accuracy, exposure, content rules; ours and peers.

usage: python -m benchmarks.simulation [--quick]

The banks, simulees and answers are simulated, the same seeds in every run. Peers (catsim, the
Python mirt) are run in the same process when they are installed beside NumPy and SciPy, and left
out with a word when they are not. Times are of the processor, one thread.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.adaptive import PreparedBank, StoppingRule, prepare_bank
from models.adaptive_simulation import simulate_adaptive_tests
from models.content_rules import Constraints, attribute_ranges
from models.exposure import ExposureControl
from models.exposure_learning import learn_exposure_control, sympson_hetter
from models.parameters import Floats, Ints, ItemParameters
from models.shadow_tests import prepare_shadow_rules, shadow_test

LENGTH = 30
THIRTY = StoppingRule(LENGTH, LENGTH, 0.01)
PEERS = ("catsim", "mirt")
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What any engine gave: simulees a second, and the items and estimates of its tests."""

    engine: str
    per_second: float
    theta: Floats
    estimate: Floats
    items: Ints

    def exposure_line(self, n_items: int) -> str:
        """Highest rate, share of the bank used, overlap, RMSE."""
        n = len(self.theta)
        met = np.bincount(self.items.ravel(), minlength=n_items)
        rate = met / n
        overlap = (met * (met - 1.0)).sum() / (n * (n - 1.0)) / self.items.shape[1]
        return (
            f"{self.engine:44s} {n:6d}  highest {rate.max():.3f}  used {(rate > 0).mean():5.1%}  "
            f"overlap {overlap:.3f}  RMSE {self.rmse:.3f}"
        )

    @property
    def rmse(self) -> float:
        """Root of the mean squared error."""
        return float(np.sqrt(((self.estimate - self.theta) ** 2).mean()))


def simulated_items(n_items: int, guessing: bool, seed: int) -> ItemParameters:
    """A log-normal, b normal, c beta with mean 0.23 or 0."""
    rng = np.random.default_rng(seed)
    a = np.clip(np.exp(rng.normal(0.0, 0.3, n_items)), 0.35, 2.8)
    b = rng.normal(0.0, 1.0, n_items)
    c = np.clip(rng.beta(5, 17, n_items), 0.05, 0.4) if guessing else np.zeros(n_items)
    return ItemParameters.of(a, b, c, model="3PL" if guessing else "2PL")


def one_trait(items: ItemParameters) -> PreparedBank:
    """The bank of one competency, N(0, 1)."""
    return prepare_bank(items, np.zeros(len(items), dtype=int), [[1.0]])


def abilities(n: int) -> Floats:
    """N(0, 1), the same in every run."""
    return np.random.default_rng(7).normal(size=n)


def installed(name: str) -> bool:
    """Whether a peer can be imported."""
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def run_ours(name: str, bank: PreparedBank, n: int, repeats: int = 1, **options: Any) -> Outcome:
    """Our simulation; the best of some repeats."""
    theta = abilities(n)
    best = np.inf
    for _ in range(repeats):
        start = time.process_time()
        done = simulate_adaptive_tests(theta, bank, THIRTY, np.random.default_rng(1), **options)
        best = min(best, time.process_time() - start)
    return Outcome(name, n / best, theta, done.estimate[:, 0], done.items.astype(np.intp))


def run_catsim(
    items: ItemParameters, n: int, selector: str = "MaxInfoSelector", *arguments: Any
) -> Outcome:
    """catsim: maximum likelihood, its only estimator."""
    initialization = importlib.import_module("catsim.initialization")
    selection = importlib.import_module("catsim.selection")
    estimation = importlib.import_module("catsim.estimation")
    stopping = importlib.import_module("catsim.stopping")
    simulation = importlib.import_module("catsim.simulation")
    theta = abilities(n)
    table = np.column_stack([items.a, items.b, items.c, items.d])
    start = time.process_time()
    simulator = simulation.Simulator(table, theta)
    simulator.simulate(
        initialization.FixedPointInitializer(0.0),
        getattr(selection, selector)(*arguments),
        estimation.NumericalSearchEstimator(),
        stopping.TestLengthStopper(max_items=LENGTH),
    )
    seconds = time.process_time() - start
    estimate = np.array(simulator.latest_estimations, dtype=float)
    given = np.array([row[:LENGTH] for row in simulator.administered_items], dtype=np.intp)
    label = f"catsim {selector} {' '.join(map(str, arguments))}"
    return Outcome(label, n / seconds, theta, estimate, given)


def mirt_engine(items: ItemParameters, **options: Any) -> Any:
    """The Python mirt's engine, with 61 points because its default of 21 is too coarse."""
    mirt = importlib.import_module("mirt")
    cat = importlib.import_module("mirt.cat")
    if items.model == "3PL":
        model = mirt.ThreeParameterLogistic(n_items=len(items))
        model.set_parameters(discrimination=items.a, difficulty=items.b, guessing=items.c)
    else:
        model = mirt.TwoParameterLogistic(n_items=len(items))
        model.set_parameters(discrimination=items.a, difficulty=items.b)
    model._is_fitted = True
    settings = {"item_selection": "MFI", "se_threshold": 1e-3, "max_items": LENGTH}
    settings |= {"n_quadpts": 61, "theta_bounds": (-6.0, 6.0), "seed": 1}
    return cat.CATEngine(model, **(settings | options))


def run_mirt(name: str, items: ItemParameters, n: int, **options: Any) -> Outcome:
    """The Python mirt's batch simulation, by whichever of its three paths it takes."""
    theta = abilities(n)
    engine = mirt_engine(items, **options)
    start = time.process_time()
    results = engine.run_batch_simulation(theta)
    seconds = time.process_time() - start
    estimate = np.array([float(result.theta) for result in results])
    given = np.array([result.items_administered for result in results], dtype=np.intp)
    return Outcome(f"mirt {name}", n / seconds, theta, estimate, given)


def speed_table(quick: bool) -> None:
    """Simulees a second on each bank, with the ratio of ours to the fastest peer."""
    print(f"\nTests of {LENGTH} items, maximum information: simulees a second and core, RMSE")
    banks: list[tuple[str, ItemParameters, int, int, int]] = [
        ("A   500 2PL", simulated_items(500, False, 11), 40_000, 60, 10_000),
        ("    500 3PL", simulated_items(500, True, 11), 40_000, 60, 4_000),
        ("  5,000 2PL", simulated_items(5_000, False, 12), 40_000, 12, 4_000),
        ("B 5,000 3PL", simulated_items(5_000, True, 12), 40_000, 12, 1_000),
        ("C 50,000 3PL", simulated_items(50_000, True, 13), 40_000, 0, 30),
    ]
    for name, items, n_ours, n_catsim, n_mirt in banks:
        share = 10 if quick else 1
        start = time.process_time()
        bank = one_trait(items)
        prepared = time.process_time() - start
        done = [run_ours("ours", bank, n_ours // share, repeats=1 if quick else 3)]
        if installed("catsim") and n_catsim:
            done.append(run_catsim(items, max(5, n_catsim // share)))
        if installed("mirt"):
            done.append(run_mirt("MFI", items, max(5, n_mirt // share)))
        print(f"{name} (prepared in {prepared:.2f} s)")
        for outcome in done:
            ratio = done[0].per_second / outcome.per_second
            print(
                f"    {outcome.engine:28s} {outcome.per_second:10,.1f} /s  "
                f"ours is {ratio:8,.1f} x  RMSE {outcome.rmse:.3f} ({len(outcome.theta)})"
            )


def several_competencies(quick: bool) -> None:
    """Five competencies correlated 0.6 until every standard error is 0.35; no peer does this."""
    k, n = 5, 200 if quick else 2_000
    covariance = np.full((k, k), 0.6) + 0.4 * np.eye(k)
    bank = prepare_bank(
        simulated_items(150 * k, False, 14), np.repeat(np.arange(k), 150), covariance
    )
    theta = np.random.default_rng(22).multivariate_normal(np.zeros(k), covariance, n)
    start = time.process_time()
    done = simulate_adaptive_tests(
        theta, bank, StoppingRule(0, 200, 0.35), np.random.default_rng(21)
    )
    seconds = time.process_time() - start
    print("\nFive competencies, correlation 0.6, until every standard error <= 0.35")
    print(
        f"    ours {n / seconds:,.0f} simulees/s  items {done.mean_length:.1f}  "
        f"RMSE {np.sqrt((done.rmse**2).mean()):.3f}  95 % cover {done.coverage.mean():.3f}"
    )


def decisions(quick: bool) -> None:
    """Pass or fail at 0 on bank A, 10 to 60 items."""
    bank = one_trait(simulated_items(500, False, 11))
    theta = abilities(2_000 if quick else 20_000)
    print("\nPass or fail at 0, bank A, 10 to 60 items")
    for name, options in (
        ("sprt, items halfway", {"decision": "sprt"}),
        ("posterior odds", {"decision": "posterior"}),
        ("interval, two-sided", {"decision": "interval"}),
    ):
        rule = StoppingRule(10, 60, precision=False, cut=0.0, **options)  # type: ignore[arg-type]
        done = simulate_adaptive_tests(theta, bank, rule, np.random.default_rng(1))
        print(f"    {name:24s} items {done.mean_length:5.1f}  accuracy {done.accuracy(0.0):.3f}")


def exposure_table(quick: bool) -> None:
    """Exposure control on bank A: ours learned by its warm-up, and the peers' rules."""
    items = simulated_items(500, False, 11)
    bank = one_trait(items)
    n = 2_000 if quick else 20_000
    rng = np.random.default_rng
    print(f"\nExposure, {LENGTH} of 500 items, bank A (simulees behind each row)")
    controls: list[tuple[str, Callable[[], ExposureControl | None], dict[str, Any]]] = [
        ("ours, maximum information", lambda: None, {}),
        ("ours, randomesque 5", lambda: None, {"randomesque": 5}),
        ("ours, Sympson-Hetter 0.25", lambda: sympson_hetter(bank, THIRTY, rng(3)), {}),
        (
            "ours, progressive + eligibility 0.25",
            lambda: learn_exposure_control(bank, THIRTY, rng(3), prices=False),
            {},
        ),
        (
            "ours, progressive + eligibility + price 0.26",
            lambda: learn_exposure_control(bank, THIRTY, rng(3), target=0.26),
            {},
        ),
    ]
    for name, make, options in controls:
        done = run_ours(name, bank, n, exposure=make(), **options)
        print(f"    {done.exposure_line(500)}  {done.per_second:8,.0f} /s")
    few = 20 if quick else 100
    if installed("catsim"):
        for selector, arguments in (
            ("MaxInfoSelector", (0.25,)),
            ("RandomesqueSelector", (5,)),
            ("AStratSelector", (LENGTH,)),
        ):
            print(f"    {run_catsim(items, few, selector, *arguments).exposure_line(500)}")
    if installed("mirt"):
        cat = importlib.import_module("mirt.cat")
        for name, control in (
            ("Sympson-Hetter 0.25 as built", cat.SympsonHetter(target_rate=0.25, seed=1)),
            ("progressive", cat.ProgressiveRestricted(seed=1)),
        ):
            done = run_mirt(name, items, few, exposure_control=control)
            print(f"    {done.exposure_line(500)}")


def content_table(quick: bool) -> None:
    """Shadow tests: time of a step when it is solved anew, and broken rules."""
    print("\nShadow tests, 6 areas of 4 to 6 items, every step solved anew: ms a step (processor)")
    for n_items, guessing, seed in ((500, False, 11), (5_000, True, 12)):
        items = simulated_items(n_items, guessing, seed)
        bank = one_trait(items)
        for name, rules in content_rules(n_items).items():
            prepared = prepare_shadow_rules(bank, rules)
            seconds, broken = [], 0
            for person in range(3 if quick else 20):
                rng = np.random.default_rng(person)
                given: list[int] = []
                theta = rng.normal()
                for step in range(LENGTH):
                    theta += 0.6 * rng.normal() / (step + 1)
                    start = time.process_time()
                    found = shadow_test(theta, prepared, given)
                    seconds.append(time.process_time() - start)
                    given.append(int(found.next_item or 0))
                broken += bool(rules.violations(given))
            ms = 1e3 * np.array(seconds)
            print(
                f"    {n_items:5d} items, {name:24s} median {np.median(ms):7.2f}  "
                f"p99 {np.percentile(ms, 99):7.2f}  tests with a broken rule {broken}"
            )
        if installed("mirt") and n_items == 500:
            print(f"    {mirt_shadow(items, 1 if quick else 3)}")
    whole_tests(quick)


def content_rules(n_items: int) -> dict[str, Constraints]:
    """Quotas alone, with enemies, and with enemies and sets of four."""
    rng = np.random.default_rng(3)
    area = np.arange(n_items) % 6
    ranges = attribute_ranges("area", area.tolist(), dict.fromkeys(range(6), (4, 6)))
    enemies = [rng.choice(n_items, 2, replace=False).tolist() for _ in range(n_items // 10)]
    sets = [
        group.tolist()
        for k in range(6)
        for group in np.flatnonzero(area == k)[: n_items // 25 * 4 // 4 * 4].reshape(-1, 4)
    ]
    return {
        "quotas": Constraints(length=LENGTH, ranges=ranges),
        "and enemies": Constraints(length=LENGTH, ranges=ranges, enemies=enemies),
        "and sets of four": Constraints(length=LENGTH, ranges=ranges, enemies=enemies, sets=sets),
    }


def whole_tests(quick: bool) -> None:
    """Tests from beginning to end with quotas, plans kept while they hold."""
    bank = one_trait(simulated_items(500, False, 11))
    rules = content_rules(500)["quotas"]
    n = 100 if quick else 1_000
    done = run_ours("quotas", bank, n, shadow=prepare_shadow_rules(bank, rules))
    broken = sum(bool(rules.violations(row)) for row in done.items)
    free = run_ours("none", bank, n)
    print(
        f"    {n} whole tests with quotas: {broken} broke a rule, RMSE {done.rmse:.3f} "
        f"({free.rmse:.3f} without rules), {1e3 / done.per_second / LENGTH:.2f} ms an item"
    )


def mirt_shadow(items: ItemParameters, n: int) -> str:
    """The Python mirt's shadow tests with the same quotas: a whole step, the ability included."""
    cat = importlib.import_module("mirt.cat")
    areas = [cat.ContentArea(f"area {k}", set(range(k, len(items), 6)), 4, 6) for k in range(6)]
    selection = cat.ShadowTestSelection(LENGTH, blueprint=cat.ContentBlueprint(areas))
    done = run_mirt("shadow test, quotas", items, n, item_selection=selection)
    return f"{done.engine}, whole step: {1e3 / done.per_second / LENGTH:.1f} ms"


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the simulees")
    quick = parser.parse_args().quick
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores")
    for peer in PEERS:
        there = installed(peer)
        print(f"{peer}: {importlib.metadata.version(peer) if there else 'not installed, left out'}")
    speed_table(quick)
    several_competencies(quick)
    decisions(quick)
    exposure_table(quick)
    content_table(quick)


if __name__ == "__main__":
    if not ONE_THREAD.items() <= os.environ.items():
        # The libraries read these when they are loaded, so start again with them.
        command = [sys.executable, "-m", "benchmarks.simulation", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | ONE_THREAD)
    main()
