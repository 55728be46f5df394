"""What functions that judge a fit take from it: items, population, abilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.grid_posterior import grid_posterior
from models.parameters import Floats, Ints, ItemParameters
from models.responses import Responses

if TYPE_CHECKING:
    from models.calibration import Calibration

_OWN_PARAMETERS = {"1PL": 2, "2PL": 2, "3PL": 3, "4PL": 4}


def as_responses(responses: Responses | npt.ArrayLike) -> Responses:
    """Responses as they are, or from a matrix persons x items."""
    if isinstance(responses, Responses):
        return responses
    return Responses.from_dense(responses)


def items_of(fit: Calibration | ItemParameters) -> ItemParameters:
    """The item parameters themselves, or those of a calibration."""
    return fit if isinstance(fit, ItemParameters) else fit.items


def population_of(
    fit: Calibration | ItemParameters, group: object = None
) -> tuple[ItemParameters, float, float]:
    """Items, and mean and standard deviation of ability in the population they were fitted to.

    Raises
    ------
    ValueError
        The calibration has several groups and `group` is none of them, or it has none.
    """
    if isinstance(fit, ItemParameters):
        if group is not None:
            raise ValueError("group belongs to a calibration of several groups; leave it out.")
        return fit, 0.0, 1.0
    labels = getattr(fit, "groups", None)
    if labels is None:
        if group is not None:
            raise ValueError("the calibration has no groups; leave group out.")
        return fit.items, float(fit.latent_mean), float(fit.latent_sd)
    names = np.asarray(labels).tolist()
    if group not in names:
        raise ValueError(
            f"the calibration has the groups {', '.join(map(repr, names))}, each with its own "
            "abilities; give the responses of one of them, and group=its label."
        )
    at = names.index(group)
    means, sds = np.asarray(fit.latent_mean), np.asarray(fit.latent_sd)
    return fit.items, float(means[at]), float(sds[at])


def abilities(
    theta: npt.ArrayLike | None,
    responses: Responses,
    items: ItemParameters,
    mean: float,
    sd: float,
) -> Floats:
    """Abilities as given, checked; EAP where none are given."""
    if theta is None:
        return grid_posterior(responses, items, mean, sd).mean
    given = np.asarray(theta, dtype=np.float64)
    if given.shape != (responses.n_persons,) or not np.isfinite(given).all():
        raise ValueError(
            f"theta needs one finite ability for each of the {responses.n_persons} persons; "
            'method "EAP" or "WLE" of estimate_ability is always finite.'
        )
    return given


def estimated_parameters(given: npt.ArrayLike | None, items: ItemParameters) -> Ints:
    """How many parameters of each item were estimated: as given, or all of its model."""
    if given is None:
        names = items.item_models
        own = [
            _OWN_PARAMETERS.get(name, 1 + int(m))
            for name, m in zip(names, items.max_scores, strict=True)
        ]
        return np.array(own, dtype=np.intp)
    result = np.asarray(given)
    if result.shape != (len(items),) or result.min(initial=0) < 0:
        raise ValueError(f"n_estimated needs a number from 0 for each of the {len(items)} items.")
    return result.astype(np.intp)
