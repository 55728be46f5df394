"""GIFT: the whole grammar, what it means as items, and what is said of the rest."""

import pytest

from itembank.errors import ItemBankError, sentence
from itembank.formats.draft import complete
from itembank.formats.gift import read_gift
from itembank.formats.gift_parsing import parse_gift

PNG = b"\x89PNG\r\n\x1a\n a picture"


def read(text, **files):
    return read_gift(text.encode(), "file.gift")


def item(text):
    """The only item of a text."""
    draft = read(text)
    assert not draft.rejected, draft.rejected
    (only,) = draft.items
    return complete(only, competency="R1", item_id="Q")


def codes(draft):
    return [finding.code for finding in draft.findings]


# --- grammar ---


def test_one_right_option_with_reasons_and_a_rule():
    found = item(
        "::Dose::What is the unit of absorbed dose?{\n"
        "  ~sievert # that is effective dose\n  =gray # J/kg\n  ####Gray is joule per kilogram.\n}"
    )
    assert found.type == "single_best"
    assert [choice.text.en for choice in found.choices] == ["sievert", "gray"]
    assert [choice.reason.en for choice in found.choices] == ["that is effective dose", "J/kg"]
    assert found.key == {"b"}
    assert found.rule.en == "Gray is joule per kilogram."


def test_escaped_signs_are_ordinary():
    found = item(r"Is a\=b \{x\} \~ \# \: C\:\\temp?{=yes \= no ~no\#}")
    assert found.stem.en == r"Is a=b {x} ~ # : C:\temp?"
    assert [choice.text.en for choice in found.choices] == ["yes = no", "no#"]


def test_an_escaped_n_breaks_the_line():
    assert item(r"[markdown]- one\n- two{T}").stem.en == "- one\n- two"


@pytest.mark.parametrize(
    ("answer", "key"), [("T", "true"), ("TRUE", "true"), ("F", "false"), ("false", "false")]
)
def test_true_and_false_in_all_spellings(answer, key):
    assert item(f"Lead is dense.{{{answer}}}").key == {key}


def test_the_first_feedback_of_true_false_is_for_a_wrong_response():
    found = item("Lead is light.{F#It is dense.#Right, it is dense.}")
    reasons = {choice.id: choice.reason.en for choice in found.choices}
    assert reasons == {"true": "It is dense.", "false": "Right, it is dense."}


@pytest.mark.parametrize(
    ("answer", "value", "tolerance"),
    [
        ("#1822", 1822, 0),
        ("#-3.5:0.25", -3.5, 0.25),
        ("#3.141..3.142", 3.1415, 0.0005),
        ("#-5..-1", -3, 2),
        ("#=1822:0 =%50%1822:2", 1822, 0),
        ("#1,5:0,1", 1.5, 0.1),
        ("#6.6e-34:1e-36", 6.6e-34, 1e-36),
    ],
)
def test_numbers_with_tolerance(answer, value, tolerance):
    numeric = item(f"How much?{{{answer}}}").numeric
    assert (numeric.value, numeric.tolerance) == (value, tolerance)


def test_a_partly_right_number_is_listed():
    (draft,) = read("When?{#=1822:0 =%50%1822:2#close}").items
    assert codes(draft) == ["answer-left-out", "feedback-left-out"]
    assert draft.findings[0].details == {"value": "1822:2", "weight": "50"}


def test_short_answers_with_weights():
    draft = read("Best?{=Frog =%100%Toad =%50%Cat =%0%*}").items[0]
    assert draft.fields["accepted"] == [{"en": "Frog"}, {"en": "Toad"}]
    assert codes(draft) == ["answer-left-out"]


def test_an_answer_that_stands_for_anything_is_refused():
    assert read("Best?{=F*g}").rejected[0].code == "wildcard-answer"


def test_matching_with_an_option_that_fits_none():
    found = item("Match.{=[html]<b>kV</b> -> quality =mAs -> quantity = -> noise}")
    assert found.type == "matching"
    assert [premise.text.en for premise in found.premises] == ["**kV**", "mAs"]
    assert [choice.text.en for choice in found.choices] == ["quality", "quantity", "noise"]
    assert [premise.match for premise in found.premises] == ["a", "b"]


def test_one_option_may_fit_several_premises():
    found = item("Match.{=CT -> X-rays =Fluoroscopy -> X-rays =MRI -> none}")
    assert [premise.match for premise in found.premises] == ["a", "a", "b"]


def test_a_pair_without_an_arrow_is_named():
    (rejected,) = read("Match.{\n=a -> b\n=c\n}").rejected
    assert rejected.code == "gift-arrow-missing"
    assert rejected.details == {"value": "c", "line": 3}


def test_an_arrow_in_an_option_makes_no_matching_question():
    assert item("How?{~A -> B =C -> D}").type == "single_best"


@pytest.mark.parametrize(
    ("answers", "scoring"),
    [
        ("~%50%a ~%50%b ~%-100%c", "partial"),
        ("~%50%a ~%50%b ~%-50%c", "plus_minus"),
        ("~%33.33333%a ~%33.33333%b ~%33.33333%c ~%-100%d", "partial"),
    ],
)
def test_weights_are_a_rule_of_scoring(answers, scoring):
    draft = read(f"Which?{{{answers}}}").items[0]
    assert draft.fields["type"] == "multiple"
    assert draft.fields["scoring"] == scoring
    assert codes(draft) == []


def test_weights_that_are_no_rule_of_ours_are_listed():
    draft = read("Which?{~%50%a ~%50%b ~c}").items[0]
    assert codes(draft) == ["scoring-approximated"]


def test_half_right_options_of_a_single_choice_are_listed():
    draft = read("Which?{=a ~%50%b ~c}").items[0]
    assert draft.findings[0].details == {"letters": "B 50 %"}


def test_a_missing_word_is_a_line_to_write_on():
    assert item("Grant is {~buried =entombed} in the tomb.").stem.en == (
        "Grant is _____ in the tomb."
    )
    assert item("Two plus two is {=four =4}.").stem.en == "Two plus two is _____."
    assert item("_____ is the largest continent.{=Asia}").stem.en.startswith("_____ is")


def test_a_full_stop_after_the_answers_is_no_gap():
    assert item("What is pi? {#3.14:0.01}.").stem.en == "What is pi?"


def test_the_order_of_the_plugin_ordering():
    found = item("Order.{>3 ALL VERTICAL RELATIVE_NEXT_EXCLUDE_LAST SHOW\nfirst\nsecond\nthird\n}")
    assert found.type == "order"
    assert [choice.text.en for choice in found.choices] == ["first", "second", "third"]
    assert found.scoring_rule == "partial"


def test_comments_carry_id_and_tags():
    (draft,) = read(
        "// [id:Q-17] by me [tag:dose] [tag:a\\]b]\n// more\nq{T}\n// [id:not mine]\n"
    ).items
    assert draft.fields["id"] == "Q-17"
    assert draft.tags == ("dose", "a]b")


def test_a_category_is_a_tag_of_the_questions_after_it():
    draft = read("a{T}\n\n$CATEGORY: $course$/top/Physics/X//Y: rays\nb{T}\n\nc{F}\n")
    path = "Physics/X//Y: rays"
    assert [one.tags for one in draft.items] == [(), (path,), (path,)]


def test_lines_are_counted_as_an_editor_does():
    questions = parse_gift("// comment\n\n// two\n::t::a\nb{\n=x\n~y\n}\n\r\n\nlast{T}\n")
    assert [question.line for question in questions] == [4, 11]
    assert [answer.line for answer in questions[0].answers] == [6, 7]


def test_a_blank_line_between_answers_does_not_end_the_question():
    found = item("Which?{\n=a\n\n// a comment\n~b\n\n}\n")
    assert len(found.choices) == 2


def test_a_question_that_never_closes_takes_no_other_with_it():
    draft = read("Which?{=a ~b\n\nNext?{T}\n")
    assert [rejected.code for rejected in draft.rejected] == ["gift-braces"]
    assert len(draft.items) == 1


@pytest.mark.parametrize("text", ["a } b{T}", "x{T} and {F}", "q{=a {b} ~c}", "open{=a"])
def test_braces_that_do_not_fit_are_named_by_line(text):
    (rejected,) = read("\n\n" + text).rejected
    assert rejected.code == "gift-braces"
    assert rejected.source.line == 3
    assert "braces" in sentence(rejected.as_finding(), "en")


def test_titles_split_questions_without_a_blank_line():
    assert len(read("::a::One{T}\n::b::Two{F}\n").items) == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Write about dose.{}", "essay-not-scored"),
        ("Write.{####say this}", "essay-not-scored"),
        ("Only some words.", "description-only"),
        ("How much?{#many}", "moodle-number-unreadable"),
        ("Which?{~a ~b}", "no-full-answer"),
        ("Which?{=a =b ~c}", "several-full-answers"),
        ("Which?{~%200%a ~b}", "grade-wrong"),
        ("Which?{=a}{=b}", "gift-braces"),
        ("How much?{#=1 =2}", "several-full-answers"),
        ("{=a ~b}", "stem-missing"),
    ],
)
def test_what_cannot_be_stored_says_why(text, code):
    draft = read(text)
    assert [rejected.code for rejected in draft.rejected] == [code]
    for language in ("en", "zh"):
        assert sentence(draft.rejected[0].as_finding(), language)


# --- texts ---


def test_formats_of_texts():
    found = item(
        "[html]<p>Is <em>this</em> &amp; that?</p>{=<b>yes</b> ~[plain]a * b <i> ~[moodle]1<br>2}"
    )
    assert found.stem.en == "Is *this* & that?"
    assert [choice.text.en for choice in found.choices] == ["**yes**", "a * b <i>", "1  \n2"]


def test_formulas_are_kept():
    assert item(r"[html]<p>\\(x^2\\) or $$y_1$$?</p>{T}").stem.en == "$x^2$ or $$y_1$$?"


def test_wrapped_lines_are_one_paragraph():
    assert item("A long\nquestion?{T}").stem.en in ("A long\nquestion?", "A long question?")


def test_chinese_is_chinese():
    found = item("吸收剂量的单位是什么？{=戈瑞#对 ~5 mGy}")
    assert found.languages == ("zh",)
    assert found.choices[1].text.zh == "5 mGy"


def test_both_languages_in_one_text():
    found = item(
        r"\{mlang en\}Unit?\{mlang\}\{mlang zh_cn\}单位？\{mlang\}{=\{mlang en\}gray\{mlang\}"
        r"\{mlang zh\}戈瑞\{mlang\} ~5 kg}"
    )
    assert (found.stem.en, found.stem.zh) == ("Unit?", "单位？")
    assert (found.choices[0].text.en, found.choices[0].text.zh) == ("gray", "戈瑞")
    assert (found.choices[1].text.en, found.choices[1].text.zh) == ("5 kg", "5 kg")


def test_a_third_language_is_listed():
    (draft,) = read(r"\{mlang en\}Unit?\{mlang\}\{mlang de\}Einheit?\{mlang\}{T}").items
    assert draft.fields["stem"] == {"en": "Unit?"}
    assert codes(draft) == ["language-left-out"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings(encoding):
    text = "吸收剂量的单位是什么？{=戈瑞 ~希沃特 ~赫兹}\n\n"
    text += "辐射防护的三原则是正当化、最优化和剂量限值。{T}"
    draft = read_gift(text.encode(encoding), "file")
    assert draft.items[0].fields["stem"] == {"zh": "吸收剂量的单位是什么？"}
    assert draft.language == "zh"


def test_western_encoding_is_guessed_and_said():
    draft = read_gift("Où est la clé?{=là ~près}".encode("cp1252"), "file")
    assert draft.items[0].fields["stem"] == {"en": "Où est la clé?"}
    assert [note.code for note in draft.notes] == ["encoding-guessed"]


# --- pictures ---


def test_pictures_in_a_zip_with_difficult_names():
    files = {
        "set/questions.txt": (
            b'[html]What is seen?<p><img src\\="@@PLUGINFILE@@/my%20chest, 1 &amp; 2.png" '
            b'alt\\="a chest"></p>{=[html]<img src\\="bone.png"> ~[html]<img src\\="none.png">}'
        ),
        "set/my chest, 1 & 2.png": PNG,
        "set/bone.PNG": PNG + b"2",
        "set/unused.png": PNG + b"3",
        "__MACOSX/._questions.txt": b"\0\1\2",
    }
    draft = read_gift(files, "set.zip")
    (only,) = draft.items
    (figure,) = only.fields["figures"]
    assert figure["alt"] == {"en": "a chest"}
    assert draft.assets[figure["asset"]] == PNG
    assert PNG + b"2" in draft.assets.values()
    assert codes(only) == ["picture-not-found"]
    assert [note.code for note in draft.notes] == ["file-unused"]
    complete(only, competency="R1")


def test_a_picture_on_the_web_is_not_fetched():
    (draft,) = read('[html]Seen?<img src\\="https\\://x.example/a.png" alt\\="a rib">{T}').items
    assert codes(draft) == ["figure-address"]
    assert draft.fields["stem"] == {"en": "Seen?a rib"}


def test_a_zip_without_gift_says_so():
    with pytest.raises(ItemBankError) as error:
        read_gift({"a.png": PNG}, "set.zip")
    assert error.value.code == "gift-missing"


def test_an_empty_file_says_so():
    with pytest.raises(ItemBankError) as error:
        read_gift(b"// nothing but comments\n\n", "file")
    assert error.value.code == "no-questions"
