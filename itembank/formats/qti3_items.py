"""One item of ours as a QTI 3.0 item file, and the shared text of a set as a stimulus file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from itembank.formats.qti3_processing import declaration, mapping, number_text, outcomes, processing
from itembank.formats.qti3_text import Catalog, make
from itembank.formats.qti_content import OWN
from itembank.formats.qti_feedback import RULE
from itembank.formats.qti_pictures import picture_size
from itembank.formats.xml_safety import Element
from itembank.item import Item
from itembank.parts import Choice, Figure, Region, Stimulus
from itembank.texts import Text

# A picture that is missing, or of a kind whose header is not read, is drawn on this many pixels.
UNKNOWN_SIZE = (1000, 1000)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SHOW = {"outcome-identifier": "FEEDBACK", "show-hide": "show"}


def identifier_of(text: str, prefix: str) -> str:
    """An identifier that XML allows; the same when it already is one."""
    return text if _NAME.fullmatch(text) else prefix + re.sub(r"[^A-Za-z0-9_-]", "_", text)


def _identifiers(ids: Sequence[str], prefix: str) -> dict[str, str]:
    """Identifiers of an item's parts: their ids, or all with a prefix where XML forbids one."""
    if all(_NAME.fullmatch(name) for name in ids):
        return {name: name for name in ids}
    return {name: f"{prefix}{name}" for name in ids}


def item_element(
    item: Item, name: str, stimulus_href: str, assets: Mapping[str, bytes]
) -> tuple[Element, list[str]]:
    """The `qti-assessment-item`, and the beginnings of texts that cannot be read back exactly.

    Parameters
    ----------
    name : the identifier of the item in its package.
    stimulus_href : path to the stimulus file; "" for an item of no set.
    assets : the bank's pictures; only their sizes are looked at.
    """
    catalog = Catalog()
    root = make(
        "qti-assessment-item",
        {
            "identifier": name,
            "title": item.id,
            "adaptive": "false",
            "time-dependent": "false",
            "tool-name": "quizengine",
        },
    )
    response, interaction, maps, order = _WRITERS[item.type](item, catalog, assets)
    reasons = [node.get("identifier") for node in interaction.iter("qti-feedback-block")]
    modal = _region_reasons(item, catalog)
    reasons += [node.get("identifier") for node in modal]
    root.append(response)
    root.extend(outcomes(item, bool(reasons)))
    if item.stimulus is not None:
        about = {"identifier": "stimulus", "href": quote(stimulus_href), "title": item.stimulus.id}
        root.append(make("qti-assessment-stimulus-ref", about))
    body = make("qti-item-body", {"data-type": item.type, "data-scoring": item.scoring})
    body.append(catalog.text(item.stem))
    figures = item.figures[1:] if item.type == "hot_spot" else item.figures
    body.extend(_figure(figure, catalog) for figure in figures)
    body.append(interaction)
    if item.type == "hot_spot" and item.figures[0].caption:
        caption = catalog.text(item.figures[0].caption)
        body.append(make("div", {OWN: "caption"}, caption))
    root.append(body)
    root.append(processing(item, reasons, order, maps=maps))
    root.extend(modal)
    if item.rule:
        about = {"identifier": RULE, "outcome-identifier": "RULE", "show-hide": "show"}
        content = make("qti-content-body", None, catalog.text(item.rule))
        root.append(make("qti-modal-feedback", about, content))
    # the order of the schema: the catalogue stands between body and processing
    for part in catalog.element():
        root.insert(root.index(body) + 1, part)
    return root, catalog.changed


def stimulus_element(stimulus: Stimulus, name: str) -> tuple[Element, list[str]]:
    """The `qti-assessment-stimulus` of a set, and texts that cannot be read back exactly."""
    catalog = Catalog()
    body = make("qti-stimulus-body", {"data-id": stimulus.id})
    if stimulus.text:
        body.append(catalog.text(stimulus.text))
    body.extend(_figure(figure, catalog) for figure in stimulus.figures)
    about = {"identifier": name, "title": stimulus.id}
    root = make("qti-assessment-stimulus", about, body, *catalog.element())
    return root, catalog.changed


def _figure(figure: Figure, catalog: Catalog) -> Element:
    picture = _picture(figure, catalog)
    found = make("figure", None, picture)
    if figure.caption:
        found.append(make("figcaption", None, catalog.text(figure.caption)))
    return found


def _picture(figure: Figure, catalog: Catalog) -> Element:
    picture = make("img", {"src": catalog.address(figure.asset), "alt": "", OWN: "figure"})
    catalog.label(picture, "alt", figure.alt)
    return picture


def _choice(tag: str, name: str, text: Text, own_id: str, catalog: Catalog) -> Element:
    node = make(tag, {"identifier": name}, catalog.text(text))
    if name != own_id:
        node.set("data-id", own_id)
    return node


def _with_reason(node: Element, reason: Text, catalog: Catalog) -> Element:
    if reason:
        content = make("qti-content-body", None, catalog.text(reason))
        about = {"identifier": node.get("identifier")} | _SHOW
        node.append(make("qti-feedback-block", about, content))
    return node


def _simple_choices(
    choices: Sequence[Choice], names: Mapping[str, str], catalog: Catalog
) -> list[Element]:
    return [
        _with_reason(
            _choice("qti-simple-choice", names[one.id], one.text, one.id, catalog),
            one.reason,
            catalog,
        )
        for one in choices
    ]


Written = tuple[Element, Element, bool, list[str]]


def _write_choice(item: Item, catalog: Catalog, assets: Mapping[str, bytes]) -> Written:
    names = _identifiers([choice.id for choice in item.choices], "c_")
    keys = [names[choice.id] for choice in item.choices if choice.is_key]
    is_single = item.type in ("single_best", "true_false")
    n_keys = len(keys)
    about = {"response-identifier": "RESPONSE", "shuffle": "false"}
    about["max-choices"] = "1" if is_single else str(n_keys) if item.type == "select_n" else "0"
    if item.type == "select_n":
        about["min-choices"] = str(n_keys)
    points = None
    if item.scoring_rule in ("partial", "plus_minus"):
        # a wrong choice takes away a point, everything, or (its place being counted) nothing
        wrong = (
            -1 if item.scoring_rule == "plus_minus" else 0 if item.type == "select_n" else -n_keys
        )
        points = mapping(dict.fromkeys(keys, 1), wrong)
    response = declaration("single" if is_single else "multiple", "identifier", keys, points)
    interaction = make(
        "qti-choice-interaction", about, *_simple_choices(item.choices, names, catalog)
    )
    return response, interaction, points is not None, []


def _write_order(item: Item, catalog: Catalog, assets: Mapping[str, bytes]) -> Written:
    names = _identifiers([choice.id for choice in item.choices], "c_")
    order = [names[choice.id] for choice in item.choices]
    about = {"response-identifier": "RESPONSE", "shuffle": "true"}
    interaction = make(
        "qti-order-interaction", about, *_simple_choices(item.choices, names, catalog)
    )
    return declaration("ordered", "identifier", order), interaction, False, order


def _write_matching(item: Item, catalog: Catalog, assets: Mapping[str, bytes]) -> Written:
    pairs = [f"p_{premise.id} o_{premise.match}" for premise in item.premises]
    maps = item.scoring_rule == "partial"
    points = mapping(dict.fromkeys(pairs, 1)) if maps else None
    tag = "qti-simple-associable-choice"
    lines, options = make("qti-simple-match-set"), make("qti-simple-match-set")
    for premise in item.premises:
        node = _choice(tag, f"p_{premise.id}", premise.text, premise.id, catalog)
        node.set("match-max", "1")
        lines.append(_with_reason(node, premise.reason, catalog))
    for choice in item.choices:
        node = _choice(tag, f"o_{choice.id}", choice.text, choice.id, catalog)
        node.set("match-max", "0")
        options.append(_with_reason(node, choice.reason, catalog))
    about = {"response-identifier": "RESPONSE", "shuffle": "false"}
    about["max-associations"] = str(len(item.premises))
    interaction = make("qti-match-interaction", about, lines, options)
    return declaration("multiple", "directedPair", pairs, points), interaction, maps, []


def _write_numeric(item: Item, catalog: Catalog, assets: Mapping[str, bytes]) -> Written:
    value = item.numeric.value if item.numeric is not None else 0.0
    entry = make("qti-text-entry-interaction", {"response-identifier": "RESPONSE"})
    line = make("div", None, entry)
    if item.numeric is not None and item.numeric.unit:
        line.append(make("span", {OWN: "unit"}, catalog.text(item.numeric.unit, "span")))
    return declaration("single", "float", [number_text(value)]), line, False, []


def _write_short_text(item: Item, catalog: Catalog, assets: Mapping[str, bytes]) -> Written:
    answers = [getattr(text, lang) for text in item.accepted for lang in text.languages]
    points = mapping(dict.fromkeys(answers, 1), in_any_case=True)
    entry = make("qti-text-entry-interaction", {"response-identifier": "RESPONSE"})
    return declaration("single", "string", answers[:1], points), make("div", None, entry), True, []


def _write_hot_spot(item: Item, catalog: Catalog, assets: Mapping[str, bytes]) -> Written:
    figure = item.figures[0]
    size = picture_size(assets.get(figure.asset, b"")) or UNKNOWN_SIZE
    names = _identifiers([region.id for region in item.regions], "r_")
    keys = [names[region.id] for region in item.regions if region.is_key]
    picture = _picture(figure, catalog)
    picture.set("width", str(size[0]))
    picture.set("height", str(size[1]))
    about = {"response-identifier": "RESPONSE", "max-choices": "1"}
    interaction = make("qti-hotspot-interaction", about, picture)
    for region in item.regions:
        interaction.append(_region(region, names[region.id], size, catalog))
    # one place is chosen, and any key region gives the point
    points = mapping(dict.fromkeys(keys, 1))
    return declaration("single", "identifier", keys[:1], points), interaction, True, []


def _region(region: Region, name: str, size: tuple[int, int], catalog: Catalog) -> Element:
    width, height = size
    shares = list(region.coordinates)
    pixels = [round(share * (height if i % 2 else width)) for i, share in enumerate(shares)]
    shape = {"polygon": "poly"}.get(region.shape, region.shape)
    if region.shape == "circle":
        across, down = round(shares[2] * width), round((shares[3:] or shares[2:])[0] * height)
        shape = "circle" if across == down else "ellipse"
        pixels = [*pixels[:2], across] if across == down else [*pixels[:2], across, down]
    node = make(
        "qti-hotspot-choice",
        {
            "identifier": name,
            "shape": shape,
            "coords": ",".join(map(str, pixels)),
            "data-shares": " ".join(number_text(share) for share in shares),
            "data-id": region.id,
        },
    )
    catalog.label(node, "hotspot-label", region.label)
    return node


def _region_reasons(item: Item, catalog: Catalog) -> list[Element]:
    """A region has no inside, so its reason is feedback on the whole item, named like it."""
    names = _identifiers([region.id for region in item.regions], "r_")
    found = []
    for region in item.regions:
        if region.reason:
            content = make("qti-content-body", None, catalog.text(region.reason))
            about = {"identifier": names[region.id]} | _SHOW
            found.append(make("qti-modal-feedback", about, content))
    return found


_WRITERS = {
    "single_best": _write_choice,
    "true_false": _write_choice,
    "multiple": _write_choice,
    "select_n": _write_choice,
    "numeric": _write_numeric,
    "short_text": _write_short_text,
    "order": _write_order,
    "matching": _write_matching,
    "hot_spot": _write_hot_spot,
}
