"""Eligibility of the items learned from simulated tests, before real ones begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from models.adaptive import PreparedBank, Rule, StoppingRule
from models.adaptive_simulation import simulate_adaptive_tests
from models.exposure import ExposureControl, ExposureRates
from models.parameters import Floats
from models.simulation_summary import AdaptiveSimulation

_ROUNDS, _SIMULEES = 18, 1_500
_SETTLING = 6  # rounds after which steps become smaller, so that noise fades
_PRICE_STEP = 1.2  # change of a price, in units of the best information, for a rate off by 1
CEILING = 0.8  # highest rate at any ability, beside the price


@dataclass(frozen=True, slots=True)
class Warmup:
    """How the simulation that learns the probabilities is run.

    Attributes
    ----------
    rounds, n_simulees : rounds of so many simulated tests
    theta : shape (n, K); abilities to draw the simulees from, the bank's prior by default
    """

    rounds: int = _ROUNDS
    n_simulees: int = _SIMULEES
    theta: npt.ArrayLike | None = None

    def __post_init__(self) -> None:
        if self.rounds < 1 or self.n_simulees < 50:
            raise ValueError("a warm-up needs at least 1 round of at least 50 simulees")

    def simulees(self, bank: PreparedBank, rng: np.random.Generator) -> Floats:
        """Abilities of one round, shape (n_simulees, K)."""
        if self.theta is None:
            prior = bank.prior
            drawn: Floats = rng.multivariate_normal(prior.mean, prior.covariance, self.n_simulees)
            return drawn
        pool = np.asarray(self.theta, dtype=np.float64)
        pool = pool[:, None] if pool.ndim == 1 else pool
        some: Floats = pool[rng.integers(len(pool), size=self.n_simulees)]
        return some


def learn_exposure_control(
    bank: PreparedBank,
    stopping: StoppingRule,
    rng: np.random.Generator,
    *,
    target: float = 0.25,
    progressive: bool = True,
    prices: bool = True,
    edges: npt.ArrayLike = (),
    warmup: Warmup | None = None,
    rule: Rule = "target",
    blueprint: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    enemies: Sequence[Sequence[int]] = (),
    progress: Callable[[float, str], None] | None = None,
) -> ExposureControl:
    """Prices and eligibility that keep every item's rate near `target`, learned by simulation.

    A price rises while its item is above the target, and falls to 0 while it is below. With prices
    the lottery gives every item to 80 % of the test takers, which bounds its rate among those of
    one ability, and to fewer where the price alone does not reach the target. Without prices the
    lottery does all: an item that an eligible test taker meets with probability g is eligible for
    target / g of them. Both are measured again after every round, because what is withheld moves
    others forward.

    Parameters
    ----------
    target : highest rate, above length / bank size
    progressive : leave part of each choice to chance; without it the choice is by `rule` alone
    prices : let popular items cost information; otherwise the lottery does all
    edges : abilities that divide the test takers; then the target holds in every cell of ability,
        by the lottery alone
    rule, blueprint, enemies : as in `simulate_adaptive_tests`
    progress : called with the share done and a note; may raise to cancel

    Raises
    ------
    ValueError
        The bank is too small for the target, or a number is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, StoppingRule, Warmup, prepare_bank
    >>> from models import learn_exposure_control
    >>> bank = prepare_bank(ItemParameters.of(1.2, np.linspace(-2, 2, 40)), [0] * 40, [[1]])
    >>> rule = StoppingRule(8, 8, precision=False)
    >>> control = learn_exposure_control(
    ...     bank, rule, np.random.default_rng(1), target=0.4, warmup=Warmup(12, 200)
    ... )
    >>> control.achieved.highest < 0.55, control.achieved.n_simulees
    (True, 200)
    """
    plan = warmup or Warmup()
    _check_target(bank, stopping, target)
    edge = np.asarray(edges, dtype=np.float64).reshape(-1)
    shape = (edge.size + 1, len(bank)) if edge.size else (len(bank),)
    length = min(stopping.max_items, len(bank))
    priced = prices and not edge.size
    eligibility = np.full(shape, max(CEILING, target) if priced else 1.0)
    free = np.zeros(len(bank))
    control = ExposureControl(eligibility, free, edge, length, progressive, target)
    options = {"rule": rule, "blueprint": blueprint, "enemies": enemies}
    step = _PRICE_STEP * float(np.median(bank.ranked_information[..., 0].max(axis=1)))
    step = step if priced else 0.0
    return _learn(control, bank, stopping, rng, plan, options, step, progress)


def sympson_hetter(
    bank: PreparedBank,
    stopping: StoppingRule,
    rng: np.random.Generator,
    *,
    target: float = 0.25,
    warmup: Warmup | None = None,
    rule: Rule = "target",
    progress: Callable[[float, str], None] | None = None,
) -> ExposureControl:
    """Exposure parameters of Sympson and Hetter, always calibrated: they have no default.

    A selected item is given with its probability k, else set aside for the rest of the test. As
    all these experiments are independent, they may as well be made before the test, and so the
    result is a lottery like the other. k = target / P(selected), iterated.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, StoppingRule, Warmup, prepare_bank, sympson_hetter
    >>> bank = prepare_bank(ItemParameters.of(1.2, np.linspace(-2, 2, 40)), [0] * 40, [[1]])
    >>> rule = StoppingRule(8, 8, precision=False)
    >>> control = sympson_hetter(
    ...     bank, rule, np.random.default_rng(1), target=0.4, warmup=Warmup(12, 200)
    ... )
    >>> control.achieved.highest < 0.55, control.progressive
    (True, False)
    """
    return learn_exposure_control(
        bank,
        stopping,
        rng,
        target=target,
        progressive=False,
        prices=False,
        warmup=warmup,
        rule=rule,
        progress=progress,
    )


def exposure_rates(simulation: AdaptiveSimulation) -> ExposureRates:
    """Rates of simulated tests.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, StoppingRule, exposure_rates, prepare_bank
    >>> from models import simulate_adaptive_tests
    >>> bank = prepare_bank(ItemParameters.of(1.2, np.linspace(-2, 2, 40)), [0] * 40, [[1]])
    >>> rule = StoppingRule(8, 8, precision=False)
    >>> rng = np.random.default_rng(1)
    >>> rates = exposure_rates(simulate_adaptive_tests(rng.normal(size=200), bank, rule, rng))
    >>> rates.highest, rates.mean_length  # everybody begins with the same item
    (1.0, 8.0)
    """
    return ExposureRates(
        float(simulation.exposure.max()),
        simulation.bank_used,
        simulation.overlap,
        float(np.sqrt((simulation.rmse**2).mean())),
        simulation.mean_length,
        len(simulation.length),
    )


def _check_target(bank: PreparedBank, stopping: StoppingRule, target: float) -> None:
    least = min(stopping.max_items, len(bank)) / len(bank)
    if not 0 < target <= 1:
        raise ValueError("target must be a rate above 0 and at most 1, for example 0.25")
    if target < least:
        raise ValueError(
            f"{stopping.max_items} of {len(bank)} items are a rate of {least:.2f} if all are used "
            f"alike; the target {target:.2f} needs a larger bank or a shorter test"
        )


def _learn(
    control: ExposureControl,
    bank: PreparedBank,
    stopping: StoppingRule,
    rng: np.random.Generator,
    plan: Warmup,
    options: dict[str, Any],
    price_step: float,
    progress: Callable[[float, str], None] | None,
) -> ExposureControl:
    """Rounds of simulation: measure the rates, move prices and probabilities; measure at last."""
    given: Floats = np.zeros_like(control.eligibility)
    ceiling = control.eligibility
    first = plan.rounds - plan.rounds // 3 if price_step else 0  # prices settle before the lottery
    for number in range(plan.rounds + 1):
        theta = plan.simulees(bank, rng)
        done = simulate_adaptive_tests(theta, bank, stopping, rng, exposure=control, **options)
        control = replace(control, achieved=exposure_rates(done))
        if progress is not None:
            progress((number + 1) / (plan.rounds + 1), f"round {number + 1} of {plan.rounds + 1}")
        if number == plan.rounds:
            break  # the last round only measures what the final values achieve
        rate = _rates(control, bank, done)
        if number < first:
            change = price_step / max(1, number - _SETTLING) * (rate - control.target)
            control = replace(control, price=np.maximum(0.0, control.price + change))
            continue
        rate = rate / np.maximum(control.eligibility, 1e-3)
        share = 1.0 / max(1, number - first - (0 if price_step else _SETTLING))
        given = rate if number == first else (1.0 - share) * given + share * rate
        allowed = np.minimum(ceiling, control.target / np.maximum(given, 1e-12))
        control = replace(control, eligibility=allowed)
    return control


def _rates(control: ExposureControl, bank: PreparedBank, done: AdaptiveSimulation) -> Floats:
    """Share of the simulees, of each cell of true ability, who met each item."""
    if not control.by_ability:
        return done.exposure
    rates: Floats = np.zeros_like(control.eligibility)
    for k, members in enumerate(bank.members):
        cell = control.cells(done.theta[:, k])
        for c in range(len(rates)):
            met = done.items[cell == c]
            counts = np.bincount(met[met >= 0], minlength=len(bank))
            rates[c, members] = counts[members] / max(1, int((cell == c).sum()))
    return rates
