"""The package pyirt (0.3.4) behind `calibrate(engine="pyirt")`: a cross-check, not a workhorse.

What it does, and what that means here:

- 2PL by EM over 11 points on [-4, 4], starting from every a = 1; it stops on a coarse criterion
  or after 10 iterations, and starts a process for each half step. Seconds for a thousand answers.
- Its `beta` is an easiness, logit = alpha * theta + beta, so b = -beta / alpha.
- `beta` is kept within [-2, 2] and `alpha` within [0.25, 2]: items easier, harder or sharper than
  that come out at the edge and are named under "at-bound".
- It re-estimates the distribution of ability freely; its mean and standard deviation are absorbed
  into the items here, so that they stand on N(0, 1).
- No standard errors, priors or anchors. `n_iterations` and `converged` are read from its log.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from models.kernels import item_tables, kernel_for, with_weights
from models.parameters import Floats, ItemParameters
from models.quadrature import Quadrature, nodes_for
from models.responses import Responses
from models.screening import examine, screen

if TYPE_CHECKING:
    from models.calibration import Calibration

BETA_BOUNDS = (-2.0, 2.0)
ALPHA_BOUNDS = (0.25, 2.0)
_MAX_ITERATIONS, _N_NODES = 10, 11  # its defaults


def calibrate_with_pyirt(
    responses: Responses, *, progress: Callable[[float, str], None] | None = None
) -> Calibration:
    """2PL estimates of pyirt, in our parametrisation.

    Raises
    ------
    ValueError
        When there is no answer at all, or the package is not installed.
    """
    if responses.n_responses == 0:
        raise ValueError("engine pyirt needs at least one answer.")
    if progress is not None:
        progress(0.0, "pyirt")
    answers = list(
        zip(
            responses.person().tolist(),
            responses.item.tolist(),
            responses.score.tolist(),
            strict=True,
        )
    )
    recorder = _Recorder()
    solver = _solve(answers, recorder)
    if progress is not None:
        progress(1.0, "pyirt")
    slope, intercept = np.ones(responses.n_items), np.zeros(responses.n_items)
    for item, values in solver.get_item_param().items():
        slope[item], intercept[item] = values["alpha"], values["beta"]
    mean = float(solver.theta_density @ solver.theta_prior_val)
    variance = float(solver.theta_density @ (solver.theta_prior_val - mean) ** 2)
    return _result(responses, slope, intercept, (mean, variance**0.5), recorder.lines)


def _solve(answers: list[tuple[int, int, int]], recorder: logging.Handler) -> Any:
    """Run pyirt's solver with our logger; its own `irt` would add handlers to the root logger."""
    try:
        from pyirt.dao import localDAO
        from pyirt.solver import model as pyirt_model
    except ImportError as error:
        raise ValueError(
            "engine pyirt needs the package pyirt; install requirements.txt or use 'native'."
        ) from error
    logger = logging.Logger("pyirt", logging.INFO)
    logger.addHandler(recorder)
    pyirt_model.tqdm = iter  # no progress bars on the terminal
    solver = pyirt_model.IRT_MMLE_2PL(localDAO(answers, logger), logger)
    solver.set_options(
        [-4, 4], _N_NODES, list(ALPHA_BOUNDS), list(BETA_BOUNDS), _MAX_ITERATIONS, 1e-3
    )
    solver.set_guess_param({})
    solver.solve_EM()
    return solver


def _result(
    responses: Responses,
    slope: Floats,
    intercept: Floats,
    population: tuple[float, float],
    log: list[str],
) -> Calibration:
    from models.calibration import Calibration  # it imports this module

    met = responses.per_item()
    at_edge = np.minimum(np.abs(intercept - BETA_BOUNDS[0]), np.abs(intercept - BETA_BOUNDS[1]))
    slope_edge = np.minimum(np.abs(slope - ALPHA_BOUNDS[0]), np.abs(slope - ALPHA_BOUNDS[1]))
    at_bound = np.asarray((np.minimum(at_edge, slope_edge) < 1e-3) & (met > 0))
    slope, intercept = slope * population[1], intercept + slope * population[0]
    quadrature = Quadrature.normal(nodes_for(int(responses.per_person().max())))
    tables = with_weights(
        item_tables(slope, intercept, None, quadrature.nodes), quadrature.log_weights
    )
    flagged = {**screen(responses), **examine(slope, at_bound, met > 0)}
    converged = any("converged at iteration" in line for line in log)
    if not converged:
        flagged["not-converged"] = np.empty(0, dtype=np.intp)
    numbers = [int(n) for line in log for n in re.findall(r"at iteration (\d+)", line)]
    return Calibration(
        items=ItemParameters.of(slope, -intercept / slope),
        log_likelihood=kernel_for(responses).log_likelihood(tables),
        converged=converged,
        n_iterations=numbers[-1] if numbers else _MAX_ITERATIONS,
        latent_mean=0.0,
        latent_sd=1.0,
        gradient_norm=float("nan"),
        n_persons=int((responses.per_person() > 0).sum()),
        n_responses=met,
        n_parameters=2 * int((met > 0).sum()),
        warnings=tuple(flagged),
        flagged=flagged,
        errors=None,
    )


class _Recorder(logging.Handler):
    """Keeps what pyirt says, the only place where it tells whether it converged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
