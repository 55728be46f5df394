"""Item parameters as QTI 3.0 usage data, and back.

One `ordinaryStatistic` a parameter: its name in our glossary, the scale as context, the number of
persons as case count, the standard error beside the value. The names of the glossary:

a, b, c, d   discrimination, difficulty, lower and upper asymptote of
             P = c + (d - c) / (1 + exp(-a (theta - b))), theta in logits on N(0, 1)
threshold-k  the k-th threshold of a graded or partial credit item

The model ("3PL", "GRM" ...) is a part of the context's address.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from itembank.bank import ItemBank
from itembank.formats.qti3_text import make
from itembank.formats.qti_names import to_2x_names
from itembank.formats.qti_processing import number_of
from itembank.formats.xml_safety import Element, parse_xml

NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_usagedata_v3p0"
GLOSSARY = "urn:quizengine:glossary:item-parameters:1"
_CONTEXT = "urn:quizengine:scale:"
_NAMES = ("a", "b", "c", "d")


def write_usage_data(bank: ItemBank, parameters: Mapping[str, Mapping[str, object]]) -> bytes:
    """The parameters of a bank's items as a usage data file.

    Parameters
    ----------
    parameters : by item id: numbers "a", "b", "c", "d", a sequence "thresholds", their standard
        errors under "standard_errors" (by the names a, b, c, d) and "threshold_errors", the number
        of persons "n", and the texts "model", "scale" and "calibrated" (a date, ISO 8601). What is
        missing, infinite or not a number is left out; items that the bank does not have too.
    """
    root = make("usageData", {"xmlns": NAMESPACE, "glossary": GLOSSARY})
    for item in bank.items:
        known = parameters.get(item.id)
        if known is not None:
            root.extend(_statistics(item.id, known))
    from lxml import etree

    body = etree.tostring(root, encoding="unicode", pretty_print=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()


def _statistics(item_id: str, known: Mapping[str, object]) -> list[Element]:
    context = (
        f"{_CONTEXT}{_slug(known.get('scale') or 'logit')}:{_slug(known.get('model') or '2PL')}"
    )
    errors = known.get("standard_errors")
    values = [(name, _number(known.get(name)), _number(_get(errors, name))) for name in _NAMES]
    thresholds, widths = _numbers(known.get("thresholds")), _numbers(known.get("threshold_errors"))
    for place, value in enumerate(thresholds, start=1):
        error = widths[place - 1] if place <= len(widths) else None
        values.append((f"threshold-{place}", value, error))
    found = []
    for name, value, error in values:
        if value is None:
            continue
        about = {"name": name, "context": context}
        n = _number(known.get("n"))
        if n is not None:
            about["caseCount"] = str(int(n))
        if error is not None:
            about["stdError"] = repr(error)
        if known.get("calibrated"):
            about["lastUpdated"] = str(known["calibrated"])
        target = make("targetObject", {"identifier": item_id, "objectType": "item"})
        number = make("value", {"baseType": "float"})
        number.text = repr(value)
        found.append(make("ordinaryStatistic", about, target, number))
    return found


def _get(errors: object, name: str) -> object:
    return errors.get(name) if isinstance(errors, Mapping) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _numbers(values: object) -> list[float | None]:
    """Finite numbers of a sequence; the padding of shorter items is not among them."""
    if values is None or isinstance(values, str) or not hasattr(values, "__iter__"):
        return []
    found = [_number(value) for value in values]
    while found and found[-1] is None:
        found.pop()
    return found


def _slug(value: object) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", str(value)).strip("-") or "-"


def read_usage_data(data: bytes, where: str = "") -> dict[str, dict[str, object]]:
    """What `write_usage_data` wrote, by item id.

    Raises
    ------
    ItemBankError
        What `parse_xml` finds.
    """
    found: dict[str, dict[str, object]] = {}
    root = to_2x_names(parse_xml(data, where))
    for statistic in root.iter("ordinaryStatistic"):
        target, value = statistic.find("targetObject"), statistic.find("value")
        number = number_of(value.text) if value is not None else None
        if target is None or number is None:
            continue
        known = found.setdefault(target.get("identifier", ""), {})
        _keep(known, statistic.get("name", ""), number, number_of(statistic.get("stdError")))
        count = number_of(statistic.get("caseCount"))
        if count is not None:
            known["n"] = int(count)
        if statistic.get("lastUpdated"):
            known["calibrated"] = statistic.get("lastUpdated")
        scale, colon, model = statistic.get("context", "").removeprefix(_CONTEXT).partition(":")
        if colon:
            known |= {"scale": scale, "model": model}
    return found


def _keep(known: dict[str, object], name: str, number: float, error: float | None) -> None:
    if name in _NAMES:
        known[name] = number
        errors = known.setdefault("standard_errors", {})
        if error is not None and isinstance(errors, dict):
            errors[name] = error
    elif name.startswith("threshold-"):
        for field, value in (("thresholds", number), ("threshold_errors", error)):
            values = known.setdefault(field, [])
            if value is not None and isinstance(values, list):
                values.append(value)
