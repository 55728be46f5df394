"""Interactions of QTI 2.x and 3.0 that pair things: match, associate and gap match."""

from __future__ import annotations

from itembank.errors import ItemBankError
from itembank.formats.qti_asked import GAP_NUMBER, Asked, Fields, part_ids, prompt_of
from itembank.formats.qti_content import Words
from itembank.formats.qti_processing import Response
from itembank.formats.qti_scoring import pair_scoring
from itembank.formats.xml_safety import Element, children_named, local_name


def _pairs(response: Response, asked: Asked) -> list[tuple[str, str]]:
    pairs = [tuple(value.split()) for value in asked.best(response)]
    if any(len(pair) != 2 for pair in pairs):
        raise ItemBankError("qti-key-unknown", asked.converter.where, value=str(pairs[0])[:60])
    return [(pair[0], pair[1]) for pair in pairs]


def _matching(
    pairs: dict[str, str],
    premises: list[tuple[str, Words]],
    options: list[Element],
    asked: Asked,
    response: Response,
) -> Fields:
    """A matching item; `pairs` is the option's identifier for each premise's."""
    known = [node.get("identifier", "") for node in options]
    for name, _ in premises:
        if pairs.get(name) not in known:
            raise ItemBankError("qti-match-many", asked.converter.where)
    option_ids = part_ids(known)
    premise_ids = part_ids([name for name, _ in premises])
    for node in options:
        option_ids[node.get("identifier", "")] = _own_id(node, option_ids)
    scoring, is_exact = pair_scoring(response, asked.rule(response))
    if not is_exact:
        asked.converter.warn("qti-scoring-near", scoring=scoring)
    return {
        "type": "matching",
        "scoring": scoring,
        "options": [
            {
                "id": option_ids[name],
                "text": asked.converter.words(node),
                "reason": asked.reasons.get(name, {}),
            }
            for name, node in zip(known, options, strict=True)
        ],
        "premises": [
            {
                "id": premise_ids[name],
                "text": words,
                "match": option_ids[pairs[name]],
                "reason": asked.reasons.get(name, {}),
            }
            for name, words in premises
        ],
    }


def _own_id(node: Element, ids: dict[str, str]) -> str:
    return node.get("data-id") or ids[node.get("identifier", "")]


def read_match(interaction: Element, asked: Asked) -> Fields:
    sets = children_named(interaction, "simpleMatchSet")
    if len(sets) != 2:
        raise ItemBankError("qti-match-many", asked.converter.where)
    lines, choices = (children_named(part, "simpleAssociableChoice") for part in sets)
    response = asked.response(interaction)
    pairs = _pairs(response, asked)
    firsts = {node.get("identifier", "") for node in lines}
    pairs = [pair if pair[0] in firsts else (pair[1], pair[0]) for pair in pairs]
    if not _once_each([first for first, _ in pairs], lines):
        lines, choices = choices, lines
        pairs = [(second, first) for first, second in pairs]
        if not _once_each([first for first, _ in pairs], lines):
            raise ItemBankError("qti-match-many", asked.converter.where)
    premises = [(node.get("identifier", ""), asked.converter.words(node)) for node in lines]
    fields = _matching(dict(pairs), premises, choices, asked, response)
    for premise, node in zip(fields["premises"], lines, strict=True):
        premise["id"] = node.get("data-id") or premise["id"]
    return prompt_of(interaction, asked) | fields


def _once_each(names: list[str], nodes: list[Element]) -> bool:
    """Whether every element is named, and only once."""
    return sorted(names) == sorted(node.get("identifier", "") for node in nodes)


def read_associate(interaction: Element, asked: Asked) -> Fields:
    """Pairs of one list: scoreable when each belongs to one pair; the firsts become premises."""
    response = asked.response(interaction)
    pairs = _pairs(response, asked)
    nodes = {
        n.get("identifier", ""): n for n in children_named(interaction, "simpleAssociableChoice")
    }
    used = [name for pair in pairs for name in pair]
    if len(set(used)) != len(used) or not set(used) <= set(nodes) or len(pairs) < 2:
        raise ItemBankError("qti-match-many", asked.converter.where)
    firsts = [first for first, _ in pairs]
    premises = [(name, asked.converter.words(nodes[name])) for name in firsts]
    options = [node for name, node in nodes.items() if name not in firsts]
    asked.converter.warn("qti-associate-split")
    fields = _matching(dict(pairs), premises, options, asked, response)
    return prompt_of(interaction, asked) | fields


def read_gap_match(interaction: Element, asked: Asked) -> Fields:
    response = asked.response(interaction)
    gaps = list(interaction.iter("gap"))
    choices = [n for n in interaction if local_name(n) in ("gapText", "gapImg")]
    names = {gap.get("identifier", "") for gap in gaps}
    pairs = _pairs(response, asked)
    by_gap = [(second, first) if second in names else (first, second) for first, second in pairs]
    if not _once_each([gap for gap, _ in by_gap], gaps):
        raise ItemBankError("qti-match-many", asked.converter.where)
    premises: list[tuple[str, Words]] = []
    for number, gap in enumerate(gaps, start=1):
        premises.append((gap.get("identifier", ""), {"": GAP_NUMBER.format(number)}))
    fields = _matching(dict(by_gap), premises, choices, asked, response)
    return prompt_of(interaction, asked, inside=True) | fields
