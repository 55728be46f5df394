"""The simulated cohort's term of practice, computed with no transaction open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.parameters import Floats, Ints, ItemParameters
from quizengine.demo.plan import GROUPS, PRACTICE_ENDS, TERM_DAYS, Plan
from quizengine.exams.service import simulate
from quizengine.exams.service.simulate import Offer, SimulatedSitting

NOTHING: Ints = np.empty(0, dtype=np.intp)
CORRELATION = 0.6  # between the abilities in any two competencies of a bank
USUAL_LENGTH = 40
# A trial of all questions, as a school holds before it trusts their parameters: so many, whatever
# the precision, and drawn widely, so that every question gets answers.
TRIAL_LENGTH, TRIAL_WIDTH = 110, 40
SHORT_LENGTH = 20  # of those who will sit the exam: most of the bank stays new to them
_START, _PRACTICE, _ROOM = 1, 2, 3  # keys of what is drawn by chance

# The demonstration student learns over the term: ability in every competency, in logits.
LEARNING = (0.1, 0.6, 1.1)
LEARNT = 1.7

Kind = tuple[int, int]  # of a sitting: place of its bank in GROUPS, length
Progress = Callable[[float], None]


def abilities_of(plan: Plan, group: int, offer: Offer) -> Floats:
    """Abilities of a whole cohort in a bank's competencies, shape (n_students, K)."""
    rng = plan.random(_START, group)
    return simulate.draw_abilities(offer, plan.n_students, CORRELATION, rng)


def students_of(plan: Plan, group: int) -> range:
    """The cohort's students who are in a class."""
    return range(group * plan.class_size, (group + 1) * plan.class_size)


def in_room(plan: Plan, group: int, offer: Offer) -> list[int]:
    """Who of a class sits the exam: every second of the better ones, as far as there is room.

    Those who do not feel ready stay away; so it is in a school.
    """
    mean = abilities_of(plan, group, offer).mean(axis=1)
    ordered = sorted(students_of(plan, group), key=lambda student: -mean[student])
    return sorted(ordered[: 2 * plan.n_in_room : 2])


def of_length(offer: Offer, length: int) -> Offer:
    """A practice of at most so many questions; the trial has exactly so many."""
    if length == TRIAL_LENGTH:
        rules = replace(offer.rules, min_items=length, max_items=length, randomesque=TRIAL_WIDTH)
        return replace(offer, rules=rules)
    return replace(offer, rules=offer.rules.chosen(length=length, minutes=None))


def simulate_practice(
    plan: Plan, offers: tuple[Offer, ...], progress: Progress
) -> dict[Kind, list[SimulatedSitting]]:
    """All practice sittings of the term.

    Each student sits twice in the own bank, a usual practice and the trial; those who will sit the
    exam once there and once in the other bank, briefly.
    """
    sittings: defaultdict[Kind, list[SimulatedSitting]] = defaultdict(list)
    truths = tuple(simulate.true_items(offer) for offer in offers)
    abilities = tuple(abilities_of(plan, group, offer) for group, offer in enumerate(offers))
    for own in range(len(GROUPS)):
        sitters = set(in_room(plan, own, offers[own]))
        other = (own + 1) % len(GROUPS)
        for student in students_of(plan, own):
            short = ((own, SHORT_LENGTH), (other, SHORT_LENGTH))
            usual = ((own, USUAL_LENGTH), (own, TRIAL_LENGTH))
            rng = plan.random(_PRACTICE, student)
            met = [NOTHING for _ in GROUPS]
            for number, (bank, length) in enumerate(short if student in sitters else usual):
                done = simulate.simulate_sitting(
                    of_length(offers[bank], length),
                    student,
                    simulate.chances_of(offers[bank], truths[bank], abilities[bank][student]),
                    met[bank],
                    plan.moment(rng, *_weeks(number, 2)),
                    rng,
                )
                met[bank] = np.union1d(met[bank], done.items)
                sittings[bank, length].append(done)
            progress((student + 1) / plan.n_students)
    return sittings


def simulate_learning(plan: Plan, offer: Offer) -> tuple[SimulatedSitting, ...]:
    """The practice of the demonstration student, who stands behind the last of the cohort."""
    rng = plan.random(_PRACTICE, plan.n_students)
    truth, met = simulate.true_items(offer), NOTHING
    sittings = []
    for number, level in enumerate(LEARNING):
        done = simulate.simulate_sitting(
            of_length(offer, SHORT_LENGTH),
            plan.n_students,
            _chances_at(offer, truth, level),
            met,
            plan.moment(rng, *_weeks(number, len(LEARNING))),
            rng,
        )
        met = np.union1d(met, done.items)
        sittings.append(done)
    return tuple(sittings)


def chances_in_room(plan: Plan, group: int, offer: Offer) -> Floats:
    """Probabilities of right answers in the exam, shape (n_students + 1, n_items).

    The last row is the demonstration student's.
    """
    truth = simulate.true_items(offer)
    rows = [simulate.chances_of(offer, truth, one) for one in abilities_of(plan, group, offer)]
    return np.array([*rows, _chances_at(offer, truth, LEARNT)])


def random_in_room(plan: Plan, group: int, student: int) -> np.random.Generator:
    """The source of chance for a student's exam."""
    return plan.random(_ROOM, group, student)


def _chances_at(offer: Offer, truth: ItemParameters, level: float) -> Floats:
    ability = np.full(len(offer.engine.table.competency_codes), level)
    return simulate.chances_of(offer, truth, ability)


def _weeks(number: int, n_sittings: int) -> tuple[float, float]:
    """The first and the last day (ago) of the part of the term that a sitting lies in."""
    part = (TERM_DAYS - PRACTICE_ENDS - n_sittings) / n_sittings
    first = TERM_DAYS - number * (part + 1)
    return first, first - part
