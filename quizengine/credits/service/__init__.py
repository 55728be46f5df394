"""Use cases of credits. The names that other modules use can be imported from here."""

from quizengine.credits.rules import CreditRules, credits_text
from quizengine.credits.service.claims import (
    Eligibility,
    draft_case,
    eligible_claims,
    get_claim,
    list_claims,
    submit_claim,
    withdraw_claim,
)
from quizengine.credits.service.decisions import (
    check_claim,
    confirm_claim,
    refuse_claim,
    why_not_decide,
)
from quizengine.credits.service.evidence import Flag
from quizengine.credits.service.queue import (
    Queue,
    QueueFilter,
    Waiting,
    count_waiting,
    read_queue,
)
from quizengine.credits.service.recomputing import Recomputed, claim_ids, recompute
from quizengine.credits.service.reports import (
    CapLine,
    ClaimReport,
    Level,
    claim_number,
    claim_report,
    draft_report,
)
from quizengine.credits.service.rule_sets import (
    find_rule_set,
    get_rule_set,
    load_rules,
    read_rules,
)
from quizengine.credits.service.transcripts import Transcript, transcript

__all__ = [
    "CapLine",
    "ClaimReport",
    "CreditRules",
    "Eligibility",
    "Flag",
    "Level",
    "Queue",
    "QueueFilter",
    "Recomputed",
    "Transcript",
    "Waiting",
    "check_claim",
    "claim_ids",
    "claim_number",
    "claim_report",
    "confirm_claim",
    "count_waiting",
    "credits_text",
    "draft_case",
    "draft_report",
    "eligible_claims",
    "find_rule_set",
    "get_claim",
    "get_rule_set",
    "list_claims",
    "load_rules",
    "read_queue",
    "read_rules",
    "recompute",
    "refuse_claim",
    "submit_claim",
    "transcript",
    "why_not_decide",
    "withdraw_claim",
]
