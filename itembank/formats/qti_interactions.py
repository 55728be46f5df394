"""One function an interaction of QTI 2.x and 3.0: what it asks, as fields of an item.

Each gives the native fields of its type; its own part of the stem (the prompt) stands in "stem".
What cannot be played raises with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from itembank.errors import ItemBankError
from itembank.formats.qti_content import Converter, Words, mark
from itembank.formats.qti_names import whole_number
from itembank.formats.qti_numbers import number_answer
from itembank.formats.qti_processing import Processing, Response
from itembank.formats.qti_regions import area_regions, hot_spot_regions, picture_of
from itembank.formats.qti_scoring import pair_scoring, scoring_of_choices, several_type
from itembank.formats.xml_safety import Element, child_named, children_named, local_name
from itembank.item_checks import LETTERS

Fields = dict[str, Any]
_PART_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")
_TRUE = {"true", "t", "yes", "richtig", "wahr", "vrai", "对", "正确", "是", "√"}
_FALSE = {"false", "f", "no", "falsch", "faux", "错", "错误", "否", "不正确", "×"}
_GAP = "[{}]"


@dataclass(slots=True)
class Asked:
    """What an interaction is read with.

    Attributes
    ----------
    reasons : feedback by the identifier of the choice it belongs to.
    own_type : the type of the item where a file of ours says it; "" elsewhere.
    """

    converter: Converter
    responses: Mapping[str, Response]
    processing: Processing
    reasons: Mapping[str, Words]
    own_type: str = ""

    def response(self, interaction: Element) -> Response:
        """The declaration of the response that an interaction gives."""
        name = interaction.get("responseIdentifier", "")
        return self.responses.get(name, Response(identifier=name))

    def rule(self, response: Response) -> str:
        """How the response is scored; what is not said counts as compared with the right one."""
        rule = self.processing.rule(response.identifier)
        if not rule and response.mapping and not response.correct:
            return "map"
        if not rule:
            self.converter.warn("qti-scoring-unsaid")
        return rule or "match"

    def best(self, response: Response) -> tuple[str, ...]:
        """The right values.

        Raises
        ------
        ItemBankError
            "qti-key-missing".
        """
        literals = self.processing.literals.get(response.identifier, [])
        best = response.best or tuple(literals[:1])
        if not best:
            raise ItemBankError("qti-key-missing", self.converter.where)
        return best


def read_interaction(interaction: Element, asked: Asked) -> Fields:
    """The native fields of what an interaction asks.

    Raises
    ------
    ItemBankError
        The reason why it cannot be played.
    """
    return _READERS[local_name(interaction)](interaction, asked)


def part_ids(identifiers: list[str]) -> dict[str, str]:
    """Ids that an item may have for the identifiers of a source: the same, or letters."""
    if all(_PART_ID.fullmatch(name) for name in identifiers):
        return {name: name for name in identifiers}
    return {
        name: LETTERS[place].lower() if place < len(LETTERS) else f"o{place + 1}"
        for place, name in enumerate(identifiers)
    }


def _options(nodes: list[Element], asked: Asked, keys: tuple[str, ...] = ()) -> list[Fields]:
    """Options of elements with an identifier and text; empty ones that are no key are left out."""
    where = asked.converter.where
    known = [node.get("identifier", "") for node in nodes]
    for key in keys:
        if key not in known:
            raise ItemBankError("qti-key-unknown", where, value=key[:60])
    ids = part_ids(known)
    options: list[Fields] = []
    for node in nodes:
        name = node.get("identifier", "")
        words = asked.converter.words(node)
        if not words and name not in keys:
            asked.converter.warn("qti-option-empty", value=name[:60])
            continue
        reason = asked.reasons.get(name, {})
        option = {"id": node.get("data-id") or ids[name], "text": words, "reason": reason}
        options.append(option | ({"key": name in keys} if keys else {}))
    return options


def _is_true_false(options: list[Fields]) -> list[str]:
    """ "true" and "false" in the order of two options that say no more; empty for all others."""
    said = []
    for option in options:
        words = {str(text).strip().strip(".。").casefold() for text in _texts(option["text"])}
        said.append("true" if words <= _TRUE else "false" if words <= _FALSE else "")
    return said if sorted(said) == ["false", "true"] else []


def _texts(words: object) -> list[object]:
    return list(words.values()) if isinstance(words, dict) else []


def _single(options: list[Fields], asked: Asked) -> Fields:
    if asked.own_type:
        return {"type": asked.own_type, "options": options}
    return single_of(options)


def single_of(options: list[Fields]) -> Fields:
    """One of several options, or true/false when the two options say no more than that."""
    said = _is_true_false(options)
    if said and len(options) == 2:
        by_id = dict(zip(said, options, strict=True))
        return {
            "type": "true_false",
            "options": [
                {
                    "id": name,
                    "text": {"en": name.capitalize(), "zh": "正确" if name == "true" else "错误"},
                    "key": by_id[name]["key"],
                    "reason": by_id[name]["reason"],
                }
                for name in ("true", "false")
            ],
        }
    return {"type": "single_best", "options": options}


def _choice(interaction: Element, asked: Asked) -> Fields:
    nodes = children_named(interaction, "simpleChoice")
    return _prompt(interaction, asked) | _of_choices(interaction, nodes, asked)


def _of_choices(interaction: Element, nodes: list[Element], asked: Asked) -> Fields:
    """Single or several from a list, by the declared cardinality."""
    response = asked.response(interaction)
    best = asked.best(response)
    most = whole_number(interaction.get("maxChoices"), 1)
    rule = asked.rule(response)
    if response.cardinality == "single" or (most == 1 and len(best) == 1):
        if rule == "map" and response.mapping:
            highest = max(best, key=response.points)
            if any(0 < entry.value < response.points(highest) for entry in response.mapping):
                asked.converter.warn("qti-points-lost")
            best = (highest,)
        return _single(_options(nodes, asked, best[:1]), asked)
    if len(nodes) < 2 or most == 1:
        raise ItemBankError("qti-several-right", asked.converter.where)
    options = _options(nodes, asked, best)
    item_type = asked.own_type or several_type(interaction, len(best), len(options))
    scoring = scoring_of_choices(response, [n.get("identifier", "") for n in nodes], best, rule)
    if not scoring.is_exact:
        asked.converter.warn("qti-scoring-near", scoring=scoring.name)
    return {"type": item_type, "options": options, "scoring": scoring.name}


def _inline_choice(interaction: Element, asked: Asked) -> Fields:
    best = asked.best(asked.response(interaction))
    return _single(_options(children_named(interaction, "inlineChoice"), asked, best[:1]), asked)


def _hottext(interaction: Element, asked: Asked) -> Fields:
    nodes = list(interaction.iter("hottext"))
    return _prompt(interaction, asked, inside=True) | _of_choices(interaction, nodes, asked)


def _order(interaction: Element, asked: Asked) -> Fields:
    response = asked.response(interaction)
    nodes = {n.get("identifier", ""): n for n in children_named(interaction, "simpleChoice")}
    if not response.correct:
        raise ItemBankError("qti-key-missing", asked.converter.where)
    if sorted(response.correct) != sorted(nodes):
        raise ItemBankError("qti-order-partial", asked.converter.where)
    scoring = interaction.get("data-scoring") or "all_or_nothing"
    options = _options([nodes[name] for name in response.correct], asked)
    return _prompt(interaction, asked) | {"type": "order", "options": options, "scoring": scoring}


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


def _match(interaction: Element, asked: Asked) -> Fields:
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
    return _prompt(interaction, asked) | fields


def _once_each(names: list[str], nodes: list[Element]) -> bool:
    """Whether every element is named, and only once."""
    return sorted(names) == sorted(node.get("identifier", "") for node in nodes)


def _associate(interaction: Element, asked: Asked) -> Fields:
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
    return _prompt(interaction, asked) | fields


def _gap_match(interaction: Element, asked: Asked) -> Fields:
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
        premises.append((gap.get("identifier", ""), {"": _GAP.format(number)}))
    fields = _matching(dict(by_gap), premises, choices, asked, response)
    return _prompt(interaction, asked, inside=True) | fields


def _hot_spot(interaction: Element, asked: Asked) -> Fields:
    response = asked.response(interaction)
    best = asked.best(response)
    if response.cardinality != "single" and len(best) > 1:
        raise ItemBankError("qti-hot-spot-several", asked.converter.where, count=len(best))
    if asked.rule(response) == "map" and response.mapping:
        # one place is chosen: every region with full points is right
        full = max(entry.value for entry in response.mapping)
        best = tuple(entry.key for entry in response.mapping if 0 < entry.value == full) or best
        if any(0 < entry.value < full for entry in response.mapping):
            asked.converter.warn("qti-points-lost")
    figure, size = picture_of(interaction, asked.converter)
    choices = children_named(interaction, "hotspotChoice")
    regions = hot_spot_regions(choices, best, size, asked.converter)
    for region, node in zip(regions, choices, strict=True):
        region["reason"] = asked.reasons.get(node.get("identifier", ""), {})
    return _prompt(interaction, asked) | {
        "type": "hot_spot",
        "figures": [figure],
        "regions": regions,
    }


def _select_point(interaction: Element, asked: Asked) -> Fields:
    response = asked.response(interaction)
    if whole_number(interaction.get("maxChoices"), 1) != 1:
        raise ItemBankError("qti-hot-spot-several", asked.converter.where, count=len(response.best))
    if not any(area.value > 0 for area in response.areas):
        raise ItemBankError("qti-key-missing", asked.converter.where)
    figure, size = picture_of(interaction, asked.converter)
    regions = area_regions(response.areas, size, asked.converter)
    return _prompt(interaction, asked) | {
        "type": "hot_spot",
        "figures": [figure],
        "regions": regions,
    }


def _text_entry(interaction: Element, asked: Asked) -> Fields:
    response = asked.response(interaction)
    numeric = None
    if asked.own_type != "short_text":
        numeric = number_answer(interaction, response, asked.processing, asked.converter)
    if numeric is not None:
        return {"type": "numeric", "numeric": numeric}
    best = list(asked.best(response)) + asked.processing.literals.get(response.identifier, [])
    if asked.processing.rule(response.identifier) == "map" or not response.correct:
        full = max((entry.value for entry in response.mapping), default=0.0)
        best += [entry.key for entry in response.mapping if 0 < entry.value == full]
        lesser = [entry.key for entry in response.mapping if 0 < entry.value < full]
        folded = {text.casefold() for text in best}
        for text in lesser:
            if text.casefold() not in folded:
                asked.converter.warn("qti-answer-half", value=text[:100])
        if lesser:
            asked.converter.warn("qti-points-lost")
    accepted: dict[str, Words] = {}
    for text in best:
        accepted.setdefault(text.casefold(), _accepted(text, response, asked))
    return {"type": "short_text", "accepted": [words for words in accepted.values() if words]}


def _accepted(text: str, response: Response, asked: Asked) -> Words:
    return {"": text} if text else {}


def _slider(interaction: Element, asked: Asked) -> Fields:
    response = asked.response(interaction)
    numeric = number_answer(interaction, response, asked.processing, asked.converter)
    if numeric is None:
        raise ItemBankError("qti-key-missing", asked.converter.where)
    return _prompt(interaction, asked) | {"type": "numeric", "numeric": numeric}


def _prompt(interaction: Element, asked: Asked, *, inside: bool = False) -> Fields:
    """The prompt, with the text inside the interaction where that is part of the question."""
    figures: list[dict[str, object]] = []
    prompt = asked.converter.words(child_named(interaction, "prompt"), figures)
    if not inside:
        return {"stem": prompt, "figures": figures}
    marks = {}
    for number, gap in enumerate(interaction.iter("gap"), start=1):
        gap.set("mark", f"gap{number}")
        marks[f"gap{number}"] = mark(f"gap{number}")
    for node in children_named(interaction, "gapText", "gapImg"):
        node.set("mark", "choice")
    text = asked.converter.markdown(
        _without_interaction(interaction), figures, marks | {"choice": ""}
    )
    for number in range(1, len(marks) + 1):
        text = text.replace(mark(f"gap{number}"), _GAP.format(number))
    parts = [part for part in (*prompt.values(), text) if part]
    return {"stem": {"": "\n\n".join(parts)} if parts else {}, "figures": figures}


def _without_interaction(interaction: Element) -> Element:
    """The interaction as a plain container; a converter leaves interactions out."""
    interaction.tag = "div"
    return interaction


_READERS: dict[str, Callable[[Element, Asked], Fields]] = {
    "choiceInteraction": _choice,
    "inlineChoiceInteraction": _inline_choice,
    "textEntryInteraction": _text_entry,
    "orderInteraction": _order,
    "matchInteraction": _match,
    "associateInteraction": _associate,
    "gapMatchInteraction": _gap_match,
    "hotspotInteraction": _hot_spot,
    "selectPointInteraction": _select_point,
    "hottextInteraction": _hottext,
    "sliderInteraction": _slider,
}
