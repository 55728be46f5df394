"""One function an interaction of QTI 2.x and 3.0: what it asks, as fields of an item.

Each gives the native fields of its type; its own part of the stem (the prompt) stands in "stem".
What cannot be played raises with the reason.
"""

from __future__ import annotations

from collections.abc import Callable

from itembank.errors import ItemBankError
from itembank.formats.qti_asked import Asked, Fields, part_ids, prompt_of
from itembank.formats.qti_content import Words
from itembank.formats.qti_names import whole_number
from itembank.formats.qti_numbers import number_answer
from itembank.formats.qti_pairs import read_associate, read_gap_match, read_match
from itembank.formats.qti_processing import Response
from itembank.formats.qti_regions import area_regions, hot_spot_regions, picture_of
from itembank.formats.qti_scoring import scoring_of_choices, several_type
from itembank.formats.xml_safety import Element, children_named, local_name

_TRUE = {"true", "t", "yes", "richtig", "wahr", "vrai", "对", "正确", "是", "√"}
_FALSE = {"false", "f", "no", "falsch", "faux", "错", "错误", "否", "不正确", "×"}


def read_interaction(interaction: Element, asked: Asked) -> Fields:
    """The native fields of what an interaction asks.

    Raises
    ------
    ItemBankError
        The reason why it cannot be played.
    """
    return _READERS[local_name(interaction)](interaction, asked)


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
    return prompt_of(interaction, asked) | _of_choices(interaction, nodes, asked)


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
    return prompt_of(interaction, asked, inside=True) | _of_choices(interaction, nodes, asked)


def _order(interaction: Element, asked: Asked) -> Fields:
    response = asked.response(interaction)
    nodes = {n.get("identifier", ""): n for n in children_named(interaction, "simpleChoice")}
    if not response.correct:
        raise ItemBankError("qti-key-missing", asked.converter.where)
    if sorted(response.correct) != sorted(nodes):
        raise ItemBankError("qti-order-partial", asked.converter.where)
    scoring = interaction.get("data-scoring") or "all_or_nothing"
    options = _options([nodes[name] for name in response.correct], asked)
    return prompt_of(interaction, asked) | {"type": "order", "options": options, "scoring": scoring}


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
    return prompt_of(interaction, asked) | {
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
    return prompt_of(interaction, asked) | {
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
    return prompt_of(interaction, asked) | {"type": "numeric", "numeric": numeric}


_READERS: dict[str, Callable[[Element, Asked], Fields]] = {
    "choiceInteraction": _choice,
    "inlineChoiceInteraction": _inline_choice,
    "textEntryInteraction": _text_entry,
    "orderInteraction": _order,
    "matchInteraction": read_match,
    "associateInteraction": read_associate,
    "gapMatchInteraction": read_gap_match,
    "hotspotInteraction": _hot_spot,
    "selectPointInteraction": _select_point,
    "hottextInteraction": _hottext,
    "sliderInteraction": _slider,
}
