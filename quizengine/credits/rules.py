"""Credit rules as data: a programme's courses, caps and rules, read from a file and checked.

Credits are counted in tenths (1.5 credits are 15), so sums are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from quizengine.credits import rule_parts
from quizengine.credits.rule_parts import refuse

KINDS = ("professional", "public", "elective")
EVIDENCE = ("sitting", "document")
TIERS = ("T1", "T2", "T3")


@dataclass(frozen=True, slots=True)
class Course:
    """A course of the programme; `credits` in tenths, `competencies` as "bank:code"."""

    code: str
    name: Mapping[str, str]
    credits: int
    kind: str
    level: str
    competencies: tuple[str, ...] = ()
    excluded: bool = False  # never recognised, whatever a rule says


@dataclass(frozen=True, slots=True)
class Condition:
    """What a person has to have seen before signing: no measurement shows it."""

    id: str
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """Which evidence is worth which credits.

    Attributes
    ----------
    family : of several evidences of a family only one counts.
    level : a higher one goes before a lower one of the same worth.
    evidence : "sitting" (an invigilated one of `bank`) or "document" (outside evidence).
    competencies, tier : every one of these must lie above the standard of this tier ...
    minimum_probability, minimum_items : ... this surely, from at least so many answers in each.
    awards : (course, tenths of credits), in the order in which they are given.
    """

    id: str
    title: Mapping[str, str]
    family: str
    level: int
    evidence: str
    awards: tuple[tuple[str, int], ...]
    claimable: bool = True
    bank: str = ""
    competencies: tuple[str, ...] = ()
    tier: str = "T2"
    minimum_probability: float = 0.9
    minimum_items: int = 8
    conditions: tuple[Condition, ...] = ()

    @property
    def carried(self) -> int:
        """All credits the evidence carries, in tenths."""
        return sum(credits for _, credits in self.awards)


@dataclass(frozen=True, slots=True)
class CreditRules:
    """A programme's courses, caps and rules.

    Attributes
    ----------
    totals : tenths of credits of each kind in the programme.
    caps : percent of them that may be recognised.
    """

    programme: Mapping[str, str]
    note: Mapping[str, str]
    grade: str
    totals: Mapping[str, int]
    caps: Mapping[str, int]
    courses: Mapping[str, Course]
    rules: Mapping[str, Rule]

    def cap(self, kind: str) -> int:
        """The most tenths of credits of a kind that may be recognised."""
        return self.totals[kind] * self.caps[kind] // 100

    def only(self, rule_id: str) -> CreditRules:
        """The same with this one rule."""
        return CreditRules(
            self.programme,
            self.note,
            self.grade,
            self.totals,
            self.caps,
            self.courses,
            {rule_id: self.rules[rule_id]},
        )

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Read and check a file of rules.

        Raises
        ------
        InvalidInput
            A code that starts with "credit-rules-"; `where` says which part of the file.
        """
        top = rule_parts.Part.of(values)
        per_kind = {kind: (top.part("totals"), top.part("caps")) for kind in KINDS}
        courses = _unique(top.parts("courses"), _course)
        rules = _unique(top.parts("rules"), lambda part: _rule(part, courses))
        made = cls(
            programme=top.text("programme"),
            note=top.text("note"),
            grade=top.word("grade"),
            totals={kind: totals.tenths(kind) for kind, (totals, _) in per_kind.items()},
            caps={kind: caps.whole(kind, 0, 100) for kind, (_, caps) in per_kind.items()},
            courses=courses,
            rules=rules,
        )
        for kind in KINDS:
            listed = sum(course.credits for course in courses.values() if course.kind == kind)
            if listed > made.totals[kind]:
                refuse("credit-rules-total", f"totals.{kind}", listed=listed / 10)
        return made

    def to_json(self) -> dict[str, Any]:
        """The values that `from_json` reads."""
        return {
            "programme": dict(self.programme),
            "note": dict(self.note),
            "grade": self.grade,
            "totals": {kind: credits_text(self.totals[kind]) for kind in KINDS},
            "caps": dict(self.caps),
            "courses": [_course_json(course) for course in self.courses.values()],
            "rules": [_rule_json(rule) for rule in self.rules.values()],
        }


def credits_text(tenths: int) -> str:
    """Tenths of credits as people write them: 15 is "1.5", 20 is "2"."""
    whole, rest = divmod(abs(tenths), 10)
    return ("-" if tenths < 0 else "") + (f"{whole}.{rest}" if rest else str(whole))


def _unique(parts: Sequence[rule_parts.Part], read: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in parts:
        made = read(part)
        key = made.code if isinstance(made, Course) else made.id
        if key in found:
            refuse("credit-rules-repeated", part.where, name=key)
        found[key] = made
    return found


def _course(part: rule_parts.Part) -> Course:
    return Course(
        code=part.word("code"),
        name=part.text("name"),
        credits=part.tenths("credits"),
        kind=part.one_of("kind", KINDS),
        level=part.word("level"),
        competencies=part.words("competencies"),
        excluded=part.flag("excluded", False),
    )


def _course_json(course: Course) -> dict[str, Any]:
    return {
        "code": course.code,
        "name": dict(course.name),
        "credits": credits_text(course.credits),
        "kind": course.kind,
        "level": course.level,
        "competencies": list(course.competencies),
        "excluded": course.excluded,
    }


def _rule(part: rule_parts.Part, courses: Mapping[str, Course]) -> Rule:
    evidence = part.one_of("evidence", EVIDENCE)
    rule = Rule(
        id=part.identifier("id"),
        title=part.text("title"),
        family=part.word("family"),
        level=part.whole("level", 0, 99),
        evidence=evidence,
        awards=tuple(_award(award, courses) for award in part.parts("awards", least=1)),
        claimable=part.flag("claimable", True),
        bank=part.word("bank") if evidence == "sitting" else "",
        competencies=part.words("competencies"),
        tier=part.one_of("tier", TIERS) if evidence == "sitting" else "T2",
        minimum_probability=part.share("minimum_probability", 0.9),
        minimum_items=part.whole("minimum_items", 1, 500, 8),
        conditions=tuple(
            Condition(condition.identifier("id"), condition.text("text"))
            for condition in part.parts("conditions")
        ),
    )
    if evidence == "sitting" and not rule.competencies:
        refuse("credit-rules-missing", f"{part.where}.competencies")
    if evidence == "document" and rule.claimable:
        refuse("credit-rules-document", part.where)
    named = [course for course, _ in rule.awards]
    if len(set(named)) != len(named):
        refuse("credit-rules-repeated", f"{part.where}.awards", name=", ".join(named))
    return rule


def _award(part: rule_parts.Part, courses: Mapping[str, Course]) -> tuple[str, int]:
    code, credits = part.word("course"), part.tenths("credits")
    course = courses.get(code)
    if course is None:
        refuse("credit-rules-course", part.where, name=code)
    if course.excluded:
        refuse("credit-rules-excluded", part.where, name=code)
    if not 0 < credits <= course.credits:
        refuse("credit-rules-credits", part.where, name=code, most=credits_text(course.credits))
    return code, credits


def _rule_json(rule: Rule) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": rule.id,
        "title": dict(rule.title),
        "family": rule.family,
        "level": rule.level,
        "evidence": rule.evidence,
        "claimable": rule.claimable,
        "competencies": list(rule.competencies),
        "minimum_probability": rule.minimum_probability,
        "minimum_items": rule.minimum_items,
        "awards": [{"course": code, "credits": credits_text(n)} for code, n in rule.awards],
        "conditions": [{"id": c.id, "text": dict(c.text)} for c in rule.conditions],
    }
    return values | ({"bank": rule.bank, "tier": rule.tier} if rule.evidence == "sitting" else {})


# --- what a result is worth under a rule ---


@dataclass(frozen=True, slots=True)
class Result:
    """A competency's result: how surely it lies above the standard, from how many answers."""

    code: str
    n_items: int
    probability_above: float


def unmet(rule: Rule, results: Iterable[Result]) -> tuple[tuple[str, str], ...]:
    """Why results do not satisfy a rule, as (reason, competency); nothing when they do.

    Reasons: "not-measured", "too-few-items", "below-standard", "too-close".
    """
    found = {result.code: result for result in results}
    reasons = []
    for code in rule.competencies:
        result = found.get(code)
        if result is None:
            reasons.append(("not-measured", code))
            continue
        if result.n_items < rule.minimum_items:
            reasons.append(("too-few-items", code))
        if result.probability_above < rule.minimum_probability:
            below = result.probability_above <= 1 - rule.minimum_probability
            reasons.append(("below-standard" if below else "too-close", code))
    return tuple(reasons)
