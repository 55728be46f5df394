"""QTI 1.2 as Canvas, Blackboard and Common Cartridge write it."""

# ruff: noqa: E501 - markup is read more easily in one line

import pytest

from itembank.errors import ItemBankError, sentence
from itembank.formats.draft import complete
from itembank.formats.qti12 import read_qti12

CANVAS = """<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2">
<assessment ident="a" title="CT physics"><section ident="root_section">{}</section></assessment>
</questestinterop>"""


def meta(kind):
    return (
        "<itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>question_type</fieldlabel>"
        f"<fieldentry>{kind}</fieldentry></qtimetadatafield></qtimetadata></itemmetadata>"
    )


def material(text, kind="text/html"):
    return f'<material><mattext texttype="{kind}">{text}</mattext></material>'


def labels(**choices):
    return "".join(
        f'<response_label ident="{name}">{material(text, "text/plain")}</response_label>'
        for name, text in choices.items()
    )


def lid(ident, choices, *, several=False, name=""):
    cardinality = "Multiple" if several else "Single"
    return (
        f'<response_lid ident="{ident}" rcardinality="{cardinality}">{name}'
        f"<render_choice>{choices}</render_choice></response_lid>"
    )


def right(condition, points="100", action="Set", shows=""):
    return (
        f"<respcondition><conditionvar>{condition}</conditionvar>"
        f'<setvar action="{action}" varname="SCORE">{points}</setvar>{shows}</respcondition>'
    )


def equal(value, ident="response1"):
    return f'<varequal respident="{ident}">{value}</varequal>'


def item(kind, presentation, processing="", feedback="", ident="q1"):
    return (
        f'<item ident="{ident}" title="T">{meta(kind) if kind else ""}'
        f"<presentation>{presentation}</presentation>"
        f"<resprocessing>{processing}</resprocessing>{feedback}</item>"
    )


def read(*items):
    return read_qti12(CANVAS.format("".join(items)).encode(), "quiz.xml")


def only(*items):
    draft = read(*items)
    assert not draft.rejected, draft.rejected
    (one,) = draft.items
    return complete(one, "R1"), one


def rejected(*items):
    draft = read(*items)
    assert not draft.items
    (one,) = draft.rejected
    assert one.source.file == "quiz.xml"
    assert one.source.line
    assert all(sentence(one.as_finding(), language) for language in ("en", "zh"))
    return one.code


def test_a_multiple_choice_question_of_canvas_with_feedback():
    feedback = "".join(
        f'<itemfeedback ident="{name}"><flow_mat>{material(text)}</flow_mat></itemfeedback>'
        for name, text in (
            ("general_fb", "&lt;p&gt;Filter early.&lt;/p&gt;"),
            ("b_fb", "&lt;p&gt;Lead absorbs.&lt;/p&gt;"),
            ("general_incorrect_fb", "Read again"),
        )
    )
    found, draft = only(
        item(
            "multiple_choice_question",
            material("&lt;p&gt;Which &lt;b&gt;filter&lt;/b&gt;?&lt;/p&gt;")
            + lid("response1", labels(a="Aluminium", b="Lead")),
            right(equal("a")),
            feedback,
        )
    )
    assert (found.type, found.key, found.stem.en) == ("single_best", {"a"}, "Which **filter**?")
    assert found.choices[1].reason.en == "Lead absorbs."
    assert found.rule.en == "Filter early."
    assert [one.code for one in draft.findings] == ["qti-feedback-wrong"]
    assert draft.tags == ("CT physics",)


def test_true_and_false_in_any_words():
    found, _ = only(
        item(
            "true_false_question",
            material("对比剂含碘。") + lid("response1", labels(x="错", y="对")),
            right(equal("y")),
        )
    )
    assert (found.type, found.key, found.stem.zh) == ("true_false", {"true"}, "对比剂含碘。")


def test_several_right_answers_and_none_of_the_wrong_ones():
    condition = f"<and>{equal('a')}{equal('b')}<not>{equal('c')}</not></and>"
    choices = labels(e="", a="A", b="B", c="C")
    found, draft = only(
        item(
            "multiple_answers_question",
            material("Which?") + lid("response1", choices, several=True),
            right(condition),
        )
    )
    assert (found.type, found.key, found.scoring) == ("multiple", {"a", "b"}, "all_or_nothing")
    assert [one.code for one in draft.findings] == ["qti-option-empty"]


def test_points_added_and_taken_away_are_plus_and_minus():
    processing = (
        right(equal("a"), "50", "Add")
        + right(equal("b"), "50", "Add")
        + right(equal("c"), "-50", "Add")
    )
    found, _ = only(
        item(
            "multiple_answers_question",
            material("Which?") + lid("response1", labels(a="A", b="B", c="C"), several=True),
            processing,
        )
    )
    assert (found.key, found.scoring) == ({"a", "b"}, "plus_minus")


@pytest.mark.parametrize("kind", ["matching_question", ""])
def test_matching_shares_its_options(kind):
    choices = labels(x="Fluorine-18", y="Technetium-99m", z="Iodine-131")
    presentation = (
        material("Match")
        + lid("response_1", choices, name=material("PET", "text/plain"))
        + lid("response_2", choices, name=material("SPECT", "text/plain"))
    )
    processing = right(equal("x", "response_1"), "50", "Add") + right(
        equal("y", "response_2"), "50", "Add"
    )
    found, _ = only(item(kind, presentation, processing))
    texts = {choice.id: choice.text.en for choice in found.choices}
    pairs = {one.text.en: texts[one.match] for one in found.premises}
    assert pairs == {"PET": "Fluorine-18", "SPECT": "Technetium-99m"}
    assert (len(found.choices), found.scoring_rule) == (3, "partial")


@pytest.mark.parametrize(
    ("condition", "value", "tolerance"),
    [
        (f"<or>{equal('42')}<and><vargte respident='response1'>41.5</vargte>"
         "<varlte respident='response1'>42.5</varlte></and></or>", 42, 0.5),
        ("<vargte respident='response1'>1</vargte><varlte respident='response1'>2</varlte>",
         1.5, 0.5),
        (equal("0.25"), 0.25, 0),
    ],
)  # fmt: skip
def test_a_number_with_its_tolerance(condition, value, tolerance):
    fib = '<response_str ident="response1"><render_fib fibtype="Decimal"/></response_str>'
    found, _ = only(item("numerical_question", material("How many?") + fib, right(condition)))
    assert (found.numeric.value, found.numeric.tolerance) == (value, tolerance)


def test_numbers_apart_from_each_other_are_said():
    fib = '<response_str ident="response1"><render_fib fibtype="Decimal"/></response_str>'
    _, draft = only(
        item("numerical_question", material("?") + fib, right(equal("1")) + right(equal("9")))
    )
    assert [(one.code, one.details["value"]) for one in draft.findings] == [
        ("qti-numbers-apart", "9")
    ]


def test_a_short_answer_in_any_case_of_letters():
    fib = '<response_str ident="response1"><render_fib/></response_str>'
    found, _ = only(
        item("short_answer_question", material("Unit?") + fib, right(equal("gray") + equal("Gray")))
    )
    assert [answer.en for answer in found.accepted] == ["gray"]


def test_several_blanks_become_a_set_under_their_text():
    presentation = (
        material("From [low] to [high]")
        + lid("response_low", labels(a="1", b="one"), name=material("low", "text/plain"))
        + lid("response_high", labels(c="9"), name=material("high", "text/plain"))
    )
    processing = right(equal("a", "response_low")) + right(equal("c", "response_high"))
    draft = read(item("fill_in_multiple_blanks_question", presentation, processing))
    low, high = (complete(one, "R1") for one in draft.items)
    assert low.stimulus.text.en == "From [low] to [high]"
    assert (low.stimulus.id, low.stimulus.position, high.stimulus.position) == ("q1", 1, 2)
    assert [answer.en for answer in low.accepted] == ["1", "one"]
    assert draft.items[0].source == draft.items[1].source


def test_dropdowns_with_options_of_their_own_become_choices():
    presentation = material("It is [c].") + lid(
        "response_c", labels(a="hot", b="cold"), name=material("c", "text/plain")
    )
    found, _ = only(item("", presentation, right(equal("b", "response_c"))))
    assert (found.type, found.key) == ("single_best", {"b"})


def test_what_cannot_be_scored_is_rejected_with_its_reason():
    fib = '<response_str ident="response1"><render_fib/></response_str>'
    assert rejected(item("essay_question", material("Why?") + fib)) == "qti-by-hand"
    assert rejected(item("", material("Why?") + fib)) == "qti-by-hand"
    assert rejected(item("text_only_question", material("Read this."))) == "qti-no-interaction"
    calculated = "<itemproc_extension><calculated/></itemproc_extension>"
    assert rejected(item("", material("2x") + fib, "", calculated)) == "qti-interaction"
    choice = material("?") + lid("response1", labels(a="A", b="B"))
    assert rejected(item("multiple_choice_question", choice)) == "qti-key-missing"
    assert rejected(item("", choice, right(equal("zz")))) == "qti-key-unknown"


def test_two_items_of_one_id_both_come_in():
    one = item("", material("?") + lid("response1", labels(a="A", b="B")), right(equal("a")))
    draft = read(one, one)
    assert [found.fields["id"] for found in draft.items] == ["q1", "q1-2"]
    assert draft.items[1].findings[0].code == "qti-id-repeated"


BLACKBOARD = """<questestinterop><assessment title="Pool"><section>
<item maxattempts="0"><itemmetadata><bbmd_asi_object_id>_1_1</bbmd_asi_object_id>
<bbmd_questiontype>{kind}</bbmd_questiontype></itemmetadata>
<presentation><flow class="Block"><flow class="QUESTION_BLOCK"><flow class="FORMATTED_TEXT_BLOCK">
<material><mat_extension><mat_formattedtext type="HTML">&lt;p&gt;Which dose?&lt;/p&gt;</mat_formattedtext>
</mat_extension></material></flow></flow>{response}</flow></presentation>
<resprocessing>{processing}</resprocessing>
<itemfeedback ident="correct"><flow_mat><material><mattext>Well done</mattext></material></flow_mat>
</itemfeedback></item></section></assessment></questestinterop>"""


def test_a_multiple_choice_question_of_blackboard():
    choices = "".join(
        f'<flow_label class="Block"><response_label ident="{name}"><flow_mat>'
        f'<material><mat_extension><mat_formattedtext type="SMART_TEXT">{text}</mat_formattedtext>'
        "</mat_extension></material></flow_mat></response_label></flow_label>"
        for name, text in (("4f1", "1 mGy"), ("9ab", "1 Gy"))
    )
    xml = BLACKBOARD.format(
        kind="Multiple Choice",
        response='<flow class="RESPONSE_BLOCK"><response_lid ident="response" rcardinality="Single">'
        f"<render_choice>{choices}</render_choice></response_lid></flow>",
        processing='<respcondition title="correct"><conditionvar>'
        '<varequal respident="response">9ab</varequal></conditionvar>'
        '<setvar variablename="SCORE" action="Set">SCORE.max</setvar>'
        '<displayfeedback linkrefid="correct"/></respcondition>'
        '<respcondition title="incorrect"><conditionvar><other/></conditionvar>'
        '<setvar variablename="SCORE" action="Set">0</setvar></respcondition>',
    )
    (draft,) = read_qti12(xml.encode(), "res00001.dat").items
    found = complete(draft, "R1", "x")
    assert (found.stem.en, found.key) == ("Which dose?", {"9ab"})
    assert [choice.text.en for choice in found.choices] == ["1 mGy", "1 Gy"]


def test_a_matching_question_of_blackboard_has_its_options_in_a_block_of_their_own():
    def line(ident, names, text):
        inside = "".join(f'<response_label ident="{name}"/>' for name in names)
        return (
            f'<flow class="Block"><response_lid ident="{ident}"><render_choice>'
            f'<flow_label class="Block">{inside}</flow_label></render_choice></response_lid>'
            f'<flow class="FORMATTED_TEXT_BLOCK">{material(text)}</flow></flow>'
        )

    response = (
        '<flow class="RESPONSE_BLOCK">'
        + line("p1", ["a1", "a2"], "kV")
        + line("p2", ["b1", "b2"], "mAs")
        + '</flow><flow class="RIGHT_MATCH_BLOCK">'
        + f'<flow class="Block">{material("contrast")}</flow>'
        + f'<flow class="Block">{material("density")}</flow></flow>'
    )
    processing = "".join(
        f'<respcondition title="correct"><conditionvar>{equal(value, ident)}</conditionvar>'
        '<setvar variablename="SCORE" action="Set">SCORE.max</setvar></respcondition>'
        for ident, value in (("p1", "a1"), ("p2", "b2"))
    )
    xml = BLACKBOARD.format(kind="Matching", response=response, processing=processing)
    (draft,) = read_qti12(xml.encode(), "res.dat").items
    found = complete(draft, "R1", "x")
    texts = {choice.id: choice.text.en for choice in found.choices}
    assert {one.text.en: texts[one.match] for one in found.premises} == {
        "kV": "contrast",
        "mAs": "density",
    }


def test_xml_of_another_kind_is_refused():
    with pytest.raises(ItemBankError) as caught:
        read_qti12(b"<quiz/>", "a.xml")
    assert (caught.value.code, caught.value.details["value"]) == ("qti-not-found", "quiz")


def test_blanks_of_blackboard_are_named_by_their_response():
    response = "".join(
        f'<response_str ident="{name}" rcardinality="Single"><render_fib/></response_str>'
        for name in ("low", "high")
    )
    condition = f"<and><or>{equal('one', 'low')}{equal('1', 'low')}</or>{equal('9', 'high')}</and>"
    xml = BLACKBOARD.format(
        kind="Fill in the Blank Plus",
        response=response,
        processing=f'<respcondition title="correct"><conditionvar>{condition}</conditionvar>'
        '<setvar variablename="SCORE" action="Set">SCORE.max</setvar></respcondition>',
    ).replace("Which dose?", "From [low] to [high]?")
    low, high = (complete(one, "R1") for one in read_qti12(xml.encode(), "res.dat").items)
    assert (low.stem.en, high.stem.en) == ("[low]", "[high]")
    assert [answer.en for answer in low.accepted] == ["one", "1"]
    assert low.stimulus.text.en == "From [low] to [high]?"


def test_an_order_of_blackboard_stands_in_its_right_order():
    response = (
        '<flow class="RESPONSE_BLOCK"><response_lid ident="response" rcardinality="Ordered">'
        f"<render_choice>{labels(a='second', b='first')}</render_choice></response_lid></flow>"
    )
    condition = f"<and>{equal('b', 'response')}{equal('a', 'response')}</and>"
    xml = BLACKBOARD.format(
        kind="Ordering",
        response=response,
        processing=f'<respcondition title="correct"><conditionvar>{condition}</conditionvar>'
        '<setvar variablename="SCORE" action="Set">SCORE.max</setvar></respcondition>',
    )
    (draft,) = read_qti12(xml.encode(), "res.dat").items
    found = complete(draft, "R1", "x")
    assert [choice.text.en for choice in found.choices] == ["first", "second"]
