"""A claim's figures from its frozen inputs alone. Pure, so anybody can compute them again.

Whatever became of items, parameters, cuts and rules since, the same inputs give the same digits.
Figures are kept to nine decimals: processors differ in the sixteenth, and nobody reads the tenth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from models.decisions import decide
from models.parameters import ItemParameters
from models.profile import Profile, estimate_profile
from quizengine.credits.awards import Claimed, Recognised, apply_rules
from quizengine.credits.rules import (
    CreditRules,
    Result,
    Rule,
    unmet,
)

FORMAT = 1
DECIMALS = 9
_VERDICTS = {"above": "above", "below": "below", "too-close": "close", "not-enough": "not_enough"}


def compute_report(frozen: Mapping[str, Any]) -> dict[str, Any]:
    """Profile, decisions and proposed awards, as JSON values.

    Parameters
    ----------
    frozen : what `service.evidence.freeze` wrote.

    Returns
    -------
    "levels" (one a competency of the blueprint) and "overall": theta, standard_error, n_items,
    n_right, cut, cut_error, probability, verdict; "unmet": (reason, competency) pairs;
    "together_at_least": lower bound of the probability that all competencies of the rule lie above
    their cuts; "awards", "carried", "reasons", "before", "after": tenths of credits.
    """
    rules = CreditRules.from_json(frozen["credit_rules"])
    (rule,) = rules.rules.values()
    profile = _profile(frozen)
    levels = _levels(frozen, rule, profile)
    of_rule = [level for level in levels if level["code"] in rule.competencies]
    results = [Result(x["code"], x["n_items"], x["probability"]) for x in of_rule]
    return {
        "format": FORMAT,
        "levels": levels,
        "overall": _overall(frozen, rule, profile),
        "unmet": [list(pair) for pair in unmet(rule, results)],
        "together_at_least": _rounded(max(0.0, 1 - sum(1 - x.probability_above for x in results))),
        **_awards(frozen, rules, rule),
    }


def _profile(frozen: Mapping[str, Any]) -> Profile:
    log: Sequence[Mapping[str, Any]] = frozen["log"]
    codes = list(frozen["competencies"])
    stems = [entry.get("stem_set", "") for entry in log]
    names = sorted(set(stems) - {""})
    return estimate_profile(
        [entry["score"] for entry in log],
        items_of(log),
        [codes.index(entry["competency"]) for entry in log],
        frozen["covariance"],
        testlet=[names.index(stem) if stem else -1 for stem in stems],
    )


def items_of(log: Sequence[Mapping[str, Any]]) -> ItemParameters:
    """The parameters the items had; of an item with more than one point, its thresholds too."""
    a, b, c, d = ([float(entry[name]) for entry in log] for name in "abcd")
    most = max((len(entry.get("thresholds") or ()) for entry in log), default=0)
    thresholds = np.full((len(log), most), np.nan)
    for row, entry in zip(thresholds, log, strict=True):
        row[: len(entry.get("thresholds") or ())] = entry.get("thresholds") or ()
    return ItemParameters.of(
        a,
        b,
        c,
        d,
        thresholds=thresholds if most else None,
        models=[entry.get("model") or "3PL" for entry in log],
    )


def _levels(frozen: Mapping[str, Any], rule: Rule, profile: Profile) -> list[dict[str, Any]]:
    weights = frozen["weights"]
    errors = profile.standard_error
    levels = []
    for area, code in enumerate(frozen["competencies"]):
        if not weights.get(code):
            continue
        mine = [entry for entry in frozen["log"] if entry["competency"] == code]
        levels.append(
            {"code": code, "n_right": n_right(mine)}
            | _decided(
                rule,
                float(profile.mean[area]),
                float(errors[area]),
                frozen["standard"]["cuts"][code],
                len(mine),
            )
        )
    return levels


def _overall(frozen: Mapping[str, Any], rule: Rule, profile: Profile) -> dict[str, Any]:
    weights = np.array([float(frozen["weights"].get(c, 0.0)) for c in frozen["competencies"]])
    share = weights / weights.sum()
    theta = float(share @ profile.mean)
    error = float(np.sqrt(share @ profile.covariance @ share))
    log = frozen["log"]
    decided = _decided(rule, theta, error, frozen["standard"]["overall"], len(log))
    return {"code": "", "n_right": n_right(log)} | decided


def n_right(log: Sequence[Mapping[str, Any]]) -> int:
    """Fully right answers."""
    return sum(entry["score"] == (len(entry.get("thresholds") or ()) or 1) for entry in log)


def _decided(
    rule: Rule, theta: float, error: float, cut: Mapping[str, float], n_items: int
) -> dict[str, Any]:
    """A level against its cut, as surely as the rule asks for: 0.90 above is the 80 % interval."""
    decision = decide(
        theta,
        error,
        cut["cut"],
        cut["standard_error"],
        level=2 * rule.minimum_probability - 1,
        n_items=n_items,
        minimum_items=rule.minimum_items,
    )
    return {
        "theta": _rounded(theta),
        "standard_error": _rounded(error),
        "n_items": n_items,
        "cut": cut["cut"],
        "cut_error": cut["standard_error"],
        "probability": _rounded(decision.probability_above),
        "verdict": _VERDICTS[decision.verdict],
    }


def _awards(frozen: Mapping[str, Any], rules: CreditRules, rule: Rule) -> dict[str, Any]:
    claimed = Claimed(rule.id, frozenset(frozen["evidence"]))
    recognised = [recognised_of(entry) for entry in frozen["recognised"]]
    awards = apply_rules([claimed], rules, recognised)
    (outcome,) = awards.outcomes
    return {
        "awards": [list(award) for award in outcome.awards],
        "carried": outcome.carried,
        "reasons": list(outcome.reasons),
        "before": dict(awards.before),
        "after": dict(awards.after),
    }


def recognised_of(entry: Mapping[str, Any]) -> Recognised:
    """Credits recognised before, from their JSON."""
    return Recognised(
        entry["course"], entry["credits"], entry["family"], frozenset(entry["evidence"])
    )


def _rounded(value: float) -> float:
    return round(float(value), DECIMALS) + 0.0  # no minus zero: not every database keeps it


def figures(report: Mapping[str, Any]) -> dict[str, str]:
    """Every figure of a report by its place, digit for digit, to compare two of them."""
    return dict(_walk(report, ""))


def _walk(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key in sorted(value):
            yield from _walk(value[key], f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            name = one["code"] if isinstance(one, Mapping) and "code" in one else number
            yield from _walk(one, f"{place}.{name}")
    else:
        yield place, repr(float(value)) if isinstance(value, float) else str(value)
