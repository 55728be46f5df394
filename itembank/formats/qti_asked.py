"""What every interaction of QTI 2.x and 3.0 is read with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itembank.errors import ItemBankError
from itembank.formats.qti_content import Converter, Words, mark
from itembank.formats.qti_processing import Processing, Response
from itembank.formats.xml_safety import Element, child_named, children_named
from itembank.item_checks import LETTERS

Fields = dict[str, Any]
GAP_NUMBER = "[{}]"
_PART_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")


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
        whole = self.processing.sets.get(response.identifier, ())
        best = response.best or whole or tuple(literals[:1])
        if not best:
            raise ItemBankError("qti-key-missing", self.converter.where)
        return best


def part_ids(identifiers: list[str]) -> dict[str, str]:
    """Ids that an item may have for the identifiers of a source: the same, or letters."""
    if all(_PART_ID.fullmatch(name) for name in identifiers):
        return {name: name for name in identifiers}
    return {
        name: LETTERS[place].lower() if place < len(LETTERS) else f"o{place + 1}"
        for place, name in enumerate(identifiers)
    }


def prompt_of(interaction: Element, asked: Asked, *, inside: bool = False) -> Fields:
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
        text = text.replace(mark(f"gap{number}"), GAP_NUMBER.format(number))
    parts = [part for part in (*prompt.values(), text) if part]
    return {"stem": {"": "\n\n".join(parts)} if parts else {}, "figures": figures}


def _without_interaction(interaction: Element) -> Element:
    """The interaction as a plain container; a converter leaves interactions out."""
    interaction.tag = "div"
    return interaction
