"""Abilities of many persons on one grid, for statistics that judge items and persons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.parameters import Floats, Ints, ItemParameters
from models.quadrature import Quadrature, nodes_for
from models.response_functions import category_log_probabilities
from models.responses import Responses

_CELLS = 4_000_000  # numbers held at once


@dataclass(frozen=True, slots=True)
class GridPosterior:
    """Posterior of every person on common nodes.

    Attributes
    ----------
    nodes : shape (n_nodes,); logits.
    mean, standard_deviation : shape (n_persons,); EAP ability, logits. The prior's without answers.
    """

    nodes: Floats
    mean: Floats
    standard_deviation: Floats


def check_scores(responses: Responses, items: ItemParameters) -> None:
    """Refuse responses that do not belong to the items.

    Raises
    ------
    ValueError
        The numbers of items differ, or a score lies above an item's maximum: which.
    """
    if responses.n_items != len(items):
        raise ValueError(
            f"the responses have {responses.n_items} items, the parameters {len(items)}; "
            "give the parameters of these items, in their order."
        )
    wrong = np.flatnonzero(responses.score > items.max_scores[responses.item])
    if wrong.size:
        item, score = int(responses.item[wrong[0]]), int(responses.score[wrong[0]])
        raise ValueError(
            f"item {item} has a score of {score}, but its parameters "
            f"({items.item_models[item]}) know 0 to {int(items.max_scores[item])} only."
        )


def answers_by_item(responses: Responses) -> Iterator[tuple[int, Ints, Ints]]:
    """For each item that was answered: the item, positions of its answers, and their persons."""
    if responses.n_responses == 0:
        return
    order = np.argsort(responses.item, kind="stable")
    person = responses.person()[order]
    ends = np.searchsorted(responses.item[order], np.arange(responses.n_items + 1))
    for item in np.flatnonzero(np.diff(ends)):
        part = slice(ends[item], ends[item + 1])
        yield int(item), order[part], person[part]


def log_likelihoods(responses: Responses, items: ItemParameters, nodes: Floats) -> Floats:
    """Log-likelihood of each person's answers at each node, shape (n_persons, n_nodes)."""
    table = np.moveaxis(category_log_probabilities(nodes, items), 0, -1)  # item, score, node
    table = np.maximum(table, -1e6)  # an impossible answer stays a number
    result = np.zeros((responses.n_persons, nodes.size))
    answered = np.flatnonzero(responses.per_person() > 0)
    block = max(1, _CELLS // nodes.size)
    ends = responses.starts[1:][answered]
    first = 0
    while first < answered.size:
        start = int(responses.starts[answered[first]])
        last = int(np.searchsorted(ends, start + block, side="right"))
        last = max(last, first + 1)
        part = slice(start, int(ends[last - 1]))
        each = table[responses.item[part], responses.score[part]]
        persons = answered[first:last]
        result[persons] = np.add.reduceat(each, responses.starts[persons] - start, axis=0)
        first = last
    return result


def grid_posterior(
    responses: Responses, items: ItemParameters, mean: float = 0.0, sd: float = 1.0
) -> GridPosterior:
    """EAP abilities under N(mean, sd^2), all models, on equally spaced nodes over [-6, 6].

    References
    ----------
    Bock & Mislevy (1982), Applied Psychological Measurement 6, 431-444.
    """
    quadrature = Quadrature.normal(nodes_for(int(responses.per_person().max(initial=0))), mean, sd)
    log_weight = log_likelihoods(responses, items, quadrature.nodes) + quadrature.log_weights
    log_weight -= log_weight.max(axis=1, keepdims=True)
    weight = np.exp(log_weight)
    weight /= weight.sum(axis=1, keepdims=True)
    theta = weight @ quadrature.nodes
    variance = weight @ quadrature.nodes**2 - theta**2
    return GridPosterior(quadrature.nodes, theta, np.sqrt(np.maximum(variance, 0.0)))
