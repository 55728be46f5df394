"""Integer programs over the items of a bank, and which of their rules contradict each other.

SciPy is imported when a program is solved, so that naming rules costs a web worker nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints

_PROBE_SECONDS = 5.0  # for each question whether some of the rules can be met
OPTIMAL, STOPPED, IMPOSSIBLE = 0, 1, 2  # status of scipy.optimize.milp


class ImpossibleAssembly(ValueError):
    """No form meets all rules.

    Attributes
    ----------
    conflict : the rules that cannot be met together; leaving out any one of them helps, unless
        `minimal` is False because the time ran out while they were sought
    """

    def __init__(self, sentence: str, conflict: tuple[str, ...], minimal: bool = True) -> None:
        super().__init__(sentence)
        self.conflict = conflict
        self.minimal = minimal


class AssemblyTimeout(RuntimeError):
    """No form was found in the time allowed; that does not prove that there is none."""


@dataclass(frozen=True, slots=True)
class Row:
    """lower <= sum of coefficient x column <= upper; `group` numbers the rule it belongs to."""

    group: int
    columns: Ints
    coefficients: Floats
    lower: float
    upper: float


@dataclass(slots=True)
class Program:
    """Minimise objective @ x over x between bounds, whole where `whole`, under the rows.

    Attributes
    ----------
    groups : a sentence for each rule, in the order of their numbers
    """

    objective: Floats
    lower: Floats
    upper: Floats
    whole: npt.NDArray[np.bool_]
    rows: list[Row] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)

    @classmethod
    def binary(cls, n: int) -> Program:
        """Of n items to take or to leave."""
        return cls(np.zeros(n), np.zeros(n), np.ones(n), np.ones(n, dtype=np.bool_))

    def rule(self, sentence: str) -> int:
        """Number of a new rule."""
        self.groups.append(sentence)
        return len(self.groups) - 1

    def add(
        self, group: int, columns: npt.ArrayLike, coefficients: Floats, lower: float, upper: float
    ) -> None:
        """One row of a rule."""
        self.rows.append(Row(group, np.asarray(columns, np.intp), coefficients, lower, upper))

    def columns(self, n: int, lower: float, upper: float, whole: bool) -> Ints:
        """Numbers of n new columns."""
        first = self.objective.size
        self.objective = np.concatenate([self.objective, np.zeros(n)])
        self.lower = np.concatenate([self.lower, np.full(n, lower)])
        self.upper = np.concatenate([self.upper, np.full(n, upper)])
        self.whole = np.concatenate([self.whole, np.full(n, whole)])
        return np.arange(first, first + n)


@dataclass(frozen=True, slots=True)
class Solution:
    """What the solver says.

    Attributes
    ----------
    status : OPTIMAL, STOPPED (time), IMPOSSIBLE, or another number of scipy.optimize.milp
    x : shape (n_columns,); empty when nothing was found
    objective, gap : value found, and how far from the proven bound, as a share of the value
    seconds : wall time
    """

    status: int
    x: Floats
    objective: float
    gap: float
    seconds: float


def solve(
    program: Program,
    *,
    time_limit: float,
    relative_gap: float = 0.0,
    keep: Sequence[int] | None = None,
) -> Solution:
    """Solve a program by HiGHS (Huangfu & Hall, 2018, Math. Programming Computation 10, 119-142).

    Parameters
    ----------
    keep : numbers of the rules that count, all by default
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    rows = program.rows
    if keep is not None:
        wanted = set(keep)
        rows = [row for row in rows if row.group in wanted]
    constraints = []
    if rows:
        indptr = np.concatenate([[0], np.cumsum([row.columns.size for row in rows])])
        indices = np.concatenate([row.columns for row in rows])
        data = np.concatenate([row.coefficients for row in rows])
        matrix = csr_array((data, indices, indptr), shape=(len(rows), program.objective.size))
        lower = np.array([row.lower for row in rows])
        constraints = [LinearConstraint(matrix, lower, np.array([row.upper for row in rows]))]
    start = time.perf_counter()
    found = milp(
        program.objective,
        integrality=program.whole.astype(np.int8),
        bounds=Bounds(program.lower, program.upper),
        constraints=constraints,
        options={"time_limit": time_limit, "mip_rel_gap": relative_gap},
    )
    seconds = time.perf_counter() - start
    if found.x is None:
        return Solution(int(found.status), np.empty(0), np.nan, np.nan, seconds)
    gap = float(found.mip_gap) if found.mip_gap is not None else 0.0
    return Solution(int(found.status), found.x, float(found.fun), gap, seconds)


def find_conflict(program: Program, time_limit: float) -> tuple[list[int], bool]:
    """Rules that cannot be met together, none of them to spare: a deletion filter.

    Each rule in turn is left out; if the others still contradict each other it has no part in it.
    First with items that may be taken in parts, which is quick and often contradictory already.
    Chinneck (2008), Feasibility and infeasibility in optimization, ch. 6.

    Returns
    -------
    The numbers of the rules, and whether the list is minimal (not if the time ran out).
    """
    end = time.perf_counter() + time_limit
    conflict, minimal = list(range(len(program.groups))), True
    for whole in (np.zeros_like(program.whole), program.whole):
        probe = replace(program, objective=np.zeros(program.objective.size), whole=whole)
        if solve(probe, time_limit=time_limit, keep=conflict).status == IMPOSSIBLE:
            conflict, minimal = _deletion_filter(probe, conflict, end)
    return conflict, minimal


def _deletion_filter(probe: Program, conflict: list[int], end: float) -> tuple[list[int], bool]:
    minimal = True
    for number in tuple(conflict):
        left = end - time.perf_counter()
        if left <= 0:
            return conflict, False
        others = [group for group in conflict if group != number]
        answer = solve(probe, time_limit=min(left, _PROBE_SECONDS), keep=others)
        if answer.status == IMPOSSIBLE:
            conflict = others
        elif answer.status != OPTIMAL and not answer.x.size:
            minimal = False  # not known in the time: the rule stays under suspicion
    return conflict, minimal


def impossible(program: Program, time_limit: float) -> ImpossibleAssembly:
    """The error that names the contradicting rules."""
    numbers, minimal = find_conflict(program, time_limit)
    names = tuple(program.groups[number] for number in numbers)
    listed = "; ".join(names)
    if not minimal:
        sentence = f"No form meets all rules. The contradiction is among these: {listed}."
    elif len(names) == 1:
        sentence = f"This rule cannot be met: {listed}. Loosen it or add items."
    else:
        sentence = f"These rules cannot be met together: {listed}. Loosen one of them or add items."
    return ImpossibleAssembly(sentence, names, minimal)
