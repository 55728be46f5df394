"""QTI 2.1, 2.2 and 3.0 items: every interaction that can be played, and why the others cannot."""

# ruff: noqa: E501 - markup is read more easily in one line

import re

import pytest

from itembank.errors import ItemBankError, sentence
from itembank.formats.draft import complete
from itembank.formats.qti2 import read_qti2

MATCH = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'
MAP = MATCH.replace("match_correct", "map_response")
V2 = "http://www.imsglobal.org/xsd/imsqti_v2p1"
V3 = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"


def declare(*correct, cardinality="single", base="identifier", mapping="", name="RESPONSE"):
    values = "".join(f"<value>{value}</value>" for value in correct)
    key = f"<correctResponse>{values}</correctResponse>" if correct else ""
    return (
        f'<responseDeclaration identifier="{name}" cardinality="{cardinality}" baseType="{base}">'
        f"{key}{mapping}</responseDeclaration>"
    )


def points(default=0, lower=None, **entries):
    bound = "" if lower is None else f' lowerBound="{lower}"'
    inside = "".join(
        f'<mapEntry mapKey="{key.replace("_", " ")}" mappedValue="{value}"/>'
        for key, value in entries.items()
    )
    return f'<mapping defaultValue="{default}"{bound}>{inside}</mapping>'


def item(body, declarations, processing=MATCH, attributes="", extra=""):
    return (
        f'<assessmentItem xmlns="{V2}" identifier="q1" title="T" adaptive="false" '
        f'timeDependent="false" {attributes}>{declarations}<itemBody>{body}</itemBody>'
        f"{processing}{extra}</assessmentItem>"
    )


def as_qti3(xml):
    """The same item in the names of QTI 3.0."""

    def kebab(name):
        return re.sub(r"([A-Z])", lambda found: "-" + found[1].lower(), name)

    def rename(found):
        slash, name, rest = found.groups()
        if name in ("p", "b", "img", "div", "math", "mi", "table", "tr", "td", "br", "object"):
            return found[0]
        rest = re.sub(
            r'([a-zA-Z]+)(?==")', lambda a: a[1] if a[1] == "xmlns" else kebab(a[1]), rest
        )
        return f"<{slash}qti-{kebab(name)}{rest}>"

    return re.sub(r"<(/?)([a-zA-Z]+)([^>]*)>", rename, xml).replace(V2, V3)


def read(xml):
    return read_qti2(xml.encode(), "item.xml")


def only(xml):
    """The item and its draft; the same from QTI 2 and from QTI 3."""
    found = read(xml)
    assert not found.rejected, found.rejected
    (draft,) = found.items
    newer = read(as_qti3(xml))
    assert [one.fields for one in newer.items] == [draft.fields]
    return complete(draft, "R1"), draft


def rejected(xml):
    found = read(xml)
    assert not found.items
    (one,) = found.rejected
    assert all(sentence(one.as_finding(), language) for language in ("en", "zh"))
    return one.code


def codes(draft):
    return [finding.code for finding in draft.findings]


def choices(most=1, least=0, names="ABC"):
    inside = "".join(f'<simpleChoice identifier="{n}">option {n}</simpleChoice>' for n in names)
    return (
        f'<choiceInteraction responseIdentifier="RESPONSE" maxChoices="{most}" '
        f'minChoices="{least}"><prompt>Which?</prompt>{inside}</choiceInteraction>'
    )


def test_a_single_choice_with_its_text_picture_and_prompt():
    body = '<p>Look.</p><p><img src="a b.png" alt="a lung"/></p>' + choices()
    found, draft = only(item(body, declare("B")))
    assert (found.type, found.key, found.stem.en) == ("single_best", {"B"}, "Look.\n\nWhich?")
    assert (found.figures[0].asset, found.figures[0].alt.en) == ("figures/a b.png", "a lung")
    assert codes(draft) == ["qti-picture-missing"]


def test_a_choice_of_true_and_false_is_a_true_false_item():
    body = choices(names="TF").replace("option T", "Falsch").replace("option F", "Richtig.")
    found, _ = only(item(body, declare("F")))
    assert (found.type, found.key) == ("true_false", {"true"})


@pytest.mark.parametrize(
    ("mapping", "scoring", "is_exact"),
    [
        ("", "all_or_nothing", True),
        (points(-2, 0, A=1, B=1), "partial", True),
        (points(-1, 0, A=1, B=1), "plus_minus", True),
        (points(0, 0, A=1, B=1), "partial", False),
        (points(-2, 0, A=1, B=2), "partial", False),
    ],
)
def test_the_mapping_decides_the_rule_of_scoring(mapping, scoring, is_exact):
    declaration = declare("A", "B", cardinality="multiple", mapping=mapping)
    found, draft = only(item(choices(0), declaration, MAP if mapping else MATCH))
    assert (found.type, found.key, found.scoring) == ("multiple", {"A", "B"}, scoring)
    assert ("qti-scoring-near" in codes(draft)) is not is_exact


def test_a_whole_answer_that_the_processing_compares_with_is_the_key():
    values = "".join(f'<baseValue baseType="identifier">{name}</baseValue>' for name in "AC")
    processing = (
        '<responseProcessing><responseCondition><responseIf><match><variable identifier="RESPONSE"/>'
        f"<multiple>{values}</multiple></match>"
        '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue>'
        "</setOutcomeValue></responseIf></responseCondition></responseProcessing>"
    )
    found, _ = only(item(choices(0), declare(cardinality="multiple"), processing))
    assert (found.key, found.scoring) == ({"A", "C"}, "all_or_nothing")


def test_as_many_as_are_right_may_be_chosen():
    found, _ = only(item(choices(2, 2), declare("A", "B", cardinality="multiple")))
    assert found.type == "select_n"


def test_an_inline_choice_leaves_a_gap_in_the_text():
    inside = '<inlineChoice identifier="a">low</inlineChoice><inlineChoice identifier="b">high</inlineChoice>'
    body = (
        '<p>The dose is <inlineChoiceInteraction responseIdentifier="RESPONSE">'
        f"{inside}</inlineChoiceInteraction>.</p>"
    )
    found, _ = only(item(body, declare("b")))
    assert (found.type, found.stem.en, found.key) == ("single_best", "The dose is ____.", {"b"})


ENTRY = '<p>1 + 1 = <textEntryInteraction responseIdentifier="RESPONSE"/></p>'


def equal_within(mode, tolerance):
    return (
        "<responseProcessing><responseCondition><responseIf>"
        f'<equal toleranceMode="{mode}" tolerance="{tolerance}"><variable identifier="RESPONSE"/>'
        '<correct identifier="RESPONSE"/></equal><setOutcomeValue identifier="SCORE">'
        '<baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf>'
        "</responseCondition></responseProcessing>"
    )


@pytest.mark.parametrize(
    ("base", "processing", "numeric"),
    [
        ("float", MATCH, (2, 0, False)),
        ("string", MATCH, (2, 0, False)),
        ("float", equal_within("absolute", "0.1 0.1"), (2, 0.1, False)),
        ("float", equal_within("absolute", "0 1"), (2.5, 0.5, False)),
        ("float", equal_within("relative", "5 5"), (2, 0.05, True)),
    ],
)
def test_a_text_entry_that_asks_for_a_number(base, processing, numeric):
    found, _ = only(item(ENTRY, declare("2", base=base), processing))
    assert found.stem.en == "1 + 1 = ____"
    number = found.numeric
    assert (number.value, number.tolerance, number.relative) == numeric


def test_a_text_entry_accepts_the_best_answers():
    mapping = points(0, York=1, york=1, Yorkshire=0.5)
    found, draft = only(item(ENTRY, declare("York", base="string", mapping=mapping), MAP))
    assert [answer.en for answer in found.accepted] == ["York"]
    assert codes(draft) == ["qti-answer-half", "qti-points-lost"]


def test_an_order_stands_in_its_right_order():
    body = choices().replace("choiceInteraction", "orderInteraction")
    found, _ = only(item(body, declare("C", "A", "B", cardinality="ordered")))
    assert [choice.id for choice in found.choices] == ["C", "A", "B"]


def associable(*names):
    return "".join(
        f'<simpleAssociableChoice identifier="{n}" matchMax="1">{n}!</simpleAssociableChoice>'
        for n in names
    )


def match(lines, options):
    return (
        '<matchInteraction responseIdentifier="RESPONSE" maxAssociations="0"><prompt>Match</prompt>'
        f"<simpleMatchSet>{associable(*lines)}</simpleMatchSet>"
        f"<simpleMatchSet>{associable(*options)}</simpleMatchSet></matchInteraction>"
    )


@pytest.mark.parametrize(
    ("lines", "options", "pairs", "premises"),
    [
        ("ab", "xyz", ("a x", "b y"), {"a!": "x!", "b!": "y!"}),
        ("ab", "xyz", ("a x", "a y", "b z"), {"x!": "a!", "y!": "a!", "z!": "b!"}),
    ],
)
def test_each_premise_of_a_match_has_one_option(lines, options, pairs, premises):
    declaration = declare(*pairs, cardinality="multiple", base="directedPair")
    found, _ = only(item(match(lines, options), declaration))
    texts = {choice.id: choice.text.en for choice in found.choices}
    assert {one.text.en: texts[one.match] for one in found.premises} == premises
    assert found.scoring == "all_or_nothing"


def test_a_match_of_many_to_many_is_rejected():
    pairs = ("a x", "a y", "b x")
    declaration = declare(*pairs, cardinality="multiple", base="directedPair")
    assert rejected(item(match("ab", "xy"), declaration)) == "qti-match-many"


def test_a_gap_match_asks_for_each_gap():
    body = (
        '<gapMatchInteraction responseIdentifier="RESPONSE"><prompt>Fill</prompt>'
        '<gapText identifier="w" matchMax="1">water</gapText>'
        '<gapText identifier="b" matchMax="1">bone</gapText>'
        '<p><gap identifier="G1"/> is soft, <gap identifier="G2"/> is hard.</p>'
        "</gapMatchInteraction>"
    )
    mapping = points(0, w_G1=1, b_G2=1)
    pairs = ("w G1", "b G2")
    declaration = declare(*pairs, cardinality="multiple", base="directedPair", mapping=mapping)
    found, draft = only(item(body, declaration, MAP))
    assert found.stem.en == "Fill\n\n[1] is soft, [2] is hard."
    assert [(one.text.en, one.match) for one in found.premises] == [("[1]", "w"), ("[2]", "b")]
    assert (found.scoring, codes(draft)) == ("partial", [])


def hot_spot(choices):
    return (
        '<hotspotInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Where?</prompt>'
        '<img src="x.png" alt="" width="200" height="100"/>'
        f"{choices}</hotspotInteraction>"
    )


def test_a_hot_spot_in_shares_of_its_picture():
    body = hot_spot(
        '<hotspotChoice identifier="a" shape="circle" coords="100,50,20"/>'
        '<hotspotChoice identifier="b" shape="rect" coords="0,0,50,25"/>'
        '<hotspotChoice identifier="c" shape="poly" coords="0,0,200,0,200,100,0,0"/>'
    )
    found, _ = only(item(body, declare("a")))
    assert [region.is_key for region in found.regions] == [True, False, False]
    assert found.regions[0].coordinates == (0.5, 0.5, 0.1, 0.2)
    assert found.regions[1].coordinates == (0, 0, 0.25, 0.25)
    assert found.regions[2].shape == "polygon"


def test_a_point_to_select_has_the_area_as_its_region():
    body = (
        '<selectPointInteraction responseIdentifier="RESPONSE" maxChoices="1">'
        '<prompt>Where?</prompt><img src="x.png" alt="" width="100" height="100"/>'
        "</selectPointInteraction>"
    )
    areas = (
        '<areaMapping defaultValue="0"><areaMapEntry shape="rect" coords="10,10,20,30" '
        'mappedValue="1"/></areaMapping>'
    )
    found, _ = only(item(body, declare("15 20", base="point", mapping=areas)))
    assert (found.type, found.regions[0].coordinates) == ("hot_spot", (0.1, 0.1, 0.2, 0.3))


def test_hot_text_becomes_a_choice_among_its_words():
    body = (
        '<hottextInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Wrong word?</prompt>'
        '<p>The <hottext identifier="a">lung</hottext> filters <hottext identifier="b">blood</hottext>.</p>'
        "</hottextInteraction>"
    )
    found, _ = only(item(body, declare("a")))
    assert found.stem.en == "Wrong word?\n\nThe lung filters blood."
    assert [choice.text.en for choice in found.choices] == ["lung", "blood"]


def test_a_slider_asks_for_a_number():
    body = (
        '<sliderInteraction responseIdentifier="RESPONSE" lowerBound="0" upperBound="9" step="1">'
        "<prompt>How many?</prompt></sliderInteraction>"
    )
    declaration = declare("4", base="integer", mapping=points(0, **{"3": 1, "4": 1, "5": 1}))
    found, _ = only(item(body, declaration, MAP))
    assert (found.numeric.value, found.numeric.tolerance) == (4, 1)


def scored_alone(*names):
    conditions = "".join(
        f'<responseCondition><responseIf><match><variable identifier="{name}"/>'
        f'<correct identifier="{name}"/></match><setOutcomeValue identifier="SCORE"><sum>'
        '<variable identifier="SCORE"/><baseValue baseType="float">1</baseValue></sum>'
        "</setOutcomeValue></responseIf></responseCondition>"
        for name in names
    )
    return f"<responseProcessing>{conditions}</responseProcessing>"


TWO = (
    '<p>Low: <textEntryInteraction responseIdentifier="R1"/></p>'
    '<p>High: <textEntryInteraction responseIdentifier="R2"/></p>'
)
BOTH = declare("one", base="string", name="R1") + declare("two", base="string", name="R2")


def test_several_gaps_become_a_set_under_their_text():
    found = read(item(TWO, BOTH, scored_alone("R1", "R2")))
    low, high = (complete(draft, "R1") for draft in found.items)
    assert low.stimulus.text.en == "Low: [1]\n\nHigh: [2]"
    assert (low.stem.en, high.stem.en) == ("Low: [1]", "High: [2]")
    assert (low.stimulus.position, high.stimulus.position) == (1, 2)
    assert (low.id, high.accepted[0].en) == ("q1-1", "two")


def test_several_questions_in_one_item_keep_what_stands_before_each():
    second = choices().replace("RESPONSE", "R2").replace("Which?", "Why?")
    body = f"<p>A case.</p>{choices()}<p>He worsens.</p>{second}"
    declarations = declare("A") + declare("B", name="R2")
    found = read(item(body, declarations, scored_alone("RESPONSE", "R2")))
    first, then = (complete(draft, "R1") for draft in found.items)
    assert (first.stimulus.text.en, first.stem.en) == ("A case.", "Which?")
    assert then.stem.en == "He worsens.\n\nWhy?"


def test_parts_that_are_scored_together_are_rejected():
    both = (
        "<responseProcessing><responseCondition><responseIf><and>"
        '<match><variable identifier="R1"/><correct identifier="R1"/></match>'
        '<match><variable identifier="R2"/><correct identifier="R2"/></match></and>'
        '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue>'
        "</setOutcomeValue></responseIf></responseCondition></responseProcessing>"
    )
    assert rejected(item(TWO, BOTH, both)) == "qti-composite"


def test_feedback_goes_to_the_options_and_to_the_rule():
    body = choices().replace(
        "option B",
        'option B<feedbackInline outcomeIdentifier="F" identifier="B" showHide="show">because</feedbackInline>',
    )
    modal = "".join(
        f'<modalFeedback outcomeIdentifier="F" identifier="{name}" showHide="show">{text}</modalFeedback>'
        for name, text in (("A", "A is old"), ("CORRECT", "Remember this"), ("INCORRECT", "No"))
    )
    found, draft = only(item(body, declare("B"), extra=modal))
    assert [choice.reason.en for choice in found.choices] == ["A is old", "because", ""]
    assert found.choices[1].text.en == "option B"
    assert found.rule.en == "Remember this"
    assert codes(draft) == ["qti-feedback-wrong"]


def test_formulas_and_tables_are_kept():
    body = (
        '<p>What is <math xmlns="http://www.w3.org/1998/Math/MathML"><msup><mi>x</mi><mn>2</mn></msup>'
        "</math>?</p><table><tr><td>kV</td><td>mAs</td></tr><tr><td>80</td><td>10</td></tr></table>"
    )
    found = read(item(body + choices(), declare("A"))).items[0]
    assert "What is $x^{2}$?" in found.fields["stem"]["en"]
    assert "| 80 | 10 |" in found.fields["stem"]["en"]


def test_notes_for_those_who_score_are_listed():
    note = '<rubricBlock view="scorer"><p>Two points.</p></rubricBlock>'
    found, draft = only(item(choices() + note, declare("A")))
    assert found.stem.en == "Which?"
    assert [finding.details["value"] for finding in draft.findings] == ["Two points."]


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (item(choices(), declare("A")).replace('adaptive="false"', 'adaptive="true"'), "qti-adaptive"),
        (item("<p>Read this.</p>", ""), "qti-no-interaction"),
        (item(choices(), declare()), "qti-key-missing"),
        (item(choices(), declare("Z")), "qti-key-unknown"),
        (item('<extendedTextInteraction responseIdentifier="R"/>', ""), "qti-by-hand"),
        (item('<uploadInteraction responseIdentifier="R"/>', ""), "qti-by-hand"),
        (item('<graphicGapMatchInteraction responseIdentifier="R"/>', ""), "qti-interaction"),
        (item('<customInteraction responseIdentifier="R"/>', ""), "qti-interaction"),
        (item(choices(names="A"), declare("A")), "choice-count"),
        (item(hot_spot('<hotspotChoice identifier="a" shape="circle" coords="1"/>'), declare("a")),
         "qti-region"),
        (f'<assessmentTest xmlns="{V2}" identifier="t" title="Test"/>', "qti-test-alone"),
        (f'<qti-assessment-stimulus xmlns="{V3}" identifier="t"/>', "qti-stimulus-alone"),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_rejected_with_its_reason(xml, code):
    assert rejected(xml) == code


def template(processing):
    declaration = (
        '<templateDeclaration identifier="N" cardinality="single" baseType="integer">'
        "<defaultValue><value>7</value></defaultValue></templateDeclaration>"
    )
    body = '<p>Take <printedVariable identifier="N"/> films.</p>' + choices()
    return item(body, declare("A") + declaration + processing)


def test_a_template_with_fixed_values_is_read_and_one_that_draws_them_is_not():
    found, _ = only(template(""))
    assert found.stem.en == "Take 7 films.\n\nWhich?"
    drawn = (
        '<templateProcessing><setTemplateValue identifier="N"><randomInteger min="1" max="9"/>'
        "</setTemplateValue></templateProcessing>"
    )
    assert rejected(template(drawn)) == "qti-template"


def test_xml_of_another_kind_is_refused():
    with pytest.raises(ItemBankError) as caught:
        read_qti2(b"<quiz/>", "a.xml")
    assert caught.value.code == "qti-not-found"
