"""What claims come to under the rules. Pure: values in, values out.

Of claims that exclude each other (one family, or one evidence) those count that are worth most
together; so no order of claims matters, and one claim more never makes the total smaller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

from quizengine.credits.rules import KINDS, CreditRules, Rule
from quizengine.errors import InvalidInput

MOST_DISPUTED = 16  # claims that exclude each other, of one student at one time


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim under a rule; `evidence` names what it rests on, part by part."""

    rule: str
    evidence: frozenset[str]


@dataclass(frozen=True, slots=True)
class Recognised:
    """Credits recognised before; they stay."""

    course: str
    credits: int
    family: str
    evidence: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a claim comes to.

    `reasons`, where it is less than the rule says: "evidence-used", "family-counted",
    "course-full", "cap-full". What is not awarded lapses.
    """

    claim: Claimed
    awards: tuple[tuple[str, int], ...]
    carried: int
    reasons: tuple[str, ...]

    @property
    def credits(self) -> int:
        return sum(credits for _, credits in self.awards)

    @property
    def lapsed(self) -> int:
        return self.carried - self.credits


@dataclass(frozen=True, slots=True)
class Awards:
    """All outcomes, and the tenths of credits of each kind before and after."""

    outcomes: tuple[Outcome, ...]
    before: Mapping[str, int]
    after: Mapping[str, int]

    @property
    def total(self) -> int:
        """Credits awarded now."""
        return sum(outcome.credits for outcome in self.outcomes)


Wanted = Mapping[str, int]


def apply_rules(
    claims: Iterable[Claimed], rules: CreditRules, recognised: Sequence[Recognised] = ()
) -> Awards:
    """What claims come to together, beside what was recognised before.

    Raises
    ------
    InvalidInput
        "credit-rule-unknown", "too-many-claims": more than can be weighed against each other.
    """
    ordered = sorted(set(claims), key=lambda claim: _rank(claim, rules))
    room = _Room.left(rules, recognised)
    used = frozenset().union(*(one.evidence for one in recognised))
    wanted = {
        claim: {} if claim.evidence & used else _wanted(rules.rules[claim.rule], recognised)
        for claim in ordered
    }
    chosen = _worth_most([c for c in ordered if wanted[c]], wanted, rules, room)
    before = dict(room.recognised)
    outcomes = []
    for claim in ordered:
        carried = rules.rules[claim.rule].carried
        if claim in chosen:
            awards, reasons = room.give(wanted[claim])
            if sum(wanted[claim].values()) < carried:
                reasons = ("family-counted", *reasons)
        else:
            awards, reasons = (), (_why_not(claim, used, chosen),)
        outcomes.append(Outcome(claim, awards, carried, reasons))
    return Awards(tuple(outcomes), before, dict(room.recognised))


def _rank(claim: Claimed, rules: CreditRules) -> tuple[int, int, str, tuple[str, ...]]:
    rule = rules.rules.get(claim.rule)
    if rule is None:
        raise InvalidInput("credit-rule-unknown", rule=claim.rule)
    return -rule.level, -rule.carried, rule.id, tuple(sorted(claim.evidence))


def _wanted(rule: Rule, recognised: Sequence[Recognised]) -> Wanted:
    """What a rule gives beyond what its family was recognised for before."""
    mine = [one for one in recognised if one.family == rule.family]
    limit = rule.carried - sum(one.credits for one in mine)
    wanted: dict[str, int] = {}
    for course, credits in rule.awards:
        had = sum(one.credits for one in mine if one.course == course)
        more = min(credits - had, limit)
        if more > 0:
            wanted[course] = more
            limit -= more
    return wanted


def _exclude_each_other(one: Claimed, other: Claimed, rules: CreditRules) -> bool:
    same_family = rules.rules[one.rule].family == rules.rules[other.rule].family
    return same_family or bool(one.evidence & other.evidence)


def _worth_most(
    claims: Sequence[Claimed], wanted: Mapping[Claimed, Wanted], rules: CreditRules, room: _Room
) -> frozenset[Claimed]:
    """Claims that do not exclude each other and are worth most together; the first such choice."""
    rivals: dict[Claimed, set[Claimed]] = {claim: set() for claim in claims}
    for one, other in combinations(claims, 2):
        if _exclude_each_other(one, other, rules):
            rivals[one].add(other)
            rivals[other].add(one)
    disputed = [claim for claim in claims if rivals[claim]]
    if len(disputed) > MOST_DISPUTED:
        raise InvalidInput("too-many-claims", most=MOST_DISPUTED)
    settled = [claim for claim in claims if not rivals[claim]]
    best, most = frozenset(settled), -1
    stack: list[tuple[int, tuple[Claimed, ...]]] = [(0, ())]
    while stack:
        position, taken = stack.pop()
        if position == len(disputed):
            worth = room.worth([wanted[claim] for claim in (*settled, *taken)])
            if worth > most:
                best, most = frozenset((*settled, *taken)), worth
            continue
        claim = disputed[position]
        stack.append((position + 1, taken))
        if not rivals[claim] & set(taken):
            stack.append((position + 1, (*taken, claim)))  # looked at first
    return best


def _why_not(claim: Claimed, used: frozenset[str], chosen: Iterable[Claimed]) -> str:
    taken = used.union(*(one.evidence for one in chosen))
    return "evidence-used" if claim.evidence & taken else "family-counted"


@dataclass(slots=True)
class _Room:
    """How many tenths still fit into each course and under each cap."""

    rules: CreditRules
    courses: dict[str, int]
    kinds: dict[str, int]
    recognised: dict[str, int]

    @classmethod
    def left(cls, rules: CreditRules, recognised: Sequence[Recognised]) -> Self:
        courses = {
            code: 0 if course.excluded else course.credits for code, course in rules.courses.items()
        }
        had = dict.fromkeys(KINDS, 0)
        for one in recognised:
            if one.course in courses:  # a course that left the programme takes no room in it
                courses[one.course] = max(0, courses[one.course] - one.credits)
                had[rules.courses[one.course].kind] += one.credits
        return cls(
            rules, courses, {kind: max(0, rules.cap(kind) - had[kind]) for kind in KINDS}, had
        )

    def worth(self, wanted: Sequence[Wanted]) -> int:
        """Tenths that would be awarded for all of these; no order of giving changes it."""
        asked: dict[str, int] = {}
        for one in wanted:
            for course, credits in one.items():
                asked[course] = asked.get(course, 0) + credits
        of_kind = dict.fromkeys(KINDS, 0)
        for course, credits in asked.items():
            of_kind[self.rules.courses[course].kind] += min(credits, self.courses[course])
        return sum(min(credits, self.kinds[kind]) for kind, credits in of_kind.items())

    def give(self, wanted: Wanted) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...]]:
        """Award what fits; the reasons why something did not."""
        awards, reasons = [], []
        for course, credits in wanted.items():
            kind = self.rules.courses[course].kind
            given = min(credits, self.courses[course], self.kinds[kind])
            if self.courses[course] < credits:
                reasons.append("course-full")
            if self.kinds[kind] < min(credits, self.courses[course]):
                reasons.append("cap-full")
            if given:
                awards.append((course, given))
                self.courses[course] -= given
                self.kinds[kind] -= given
                self.recognised[kind] += given
        return tuple(awards), tuple(dict.fromkeys(reasons))
