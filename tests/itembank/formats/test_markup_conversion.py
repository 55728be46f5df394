"""HTML of other systems becomes the Markdown of our items, and Markdown becomes HTML again."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.errors import ItemBankError
from itembank.formats.markup_conversion import (
    escape_markdown,
    html_to_markdown,
    markdown_to_html,
)
from quizengine.markup import to_html


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (
            "<p>Hello <b>bold</b> &amp; <i>it</i></p><p>Second</p>",
            "Hello **bold** & *it*\n\nSecond",
        ),
        ("one<br>two", "one  \ntwo"),
        ("H<sub>2</sub>O, 10<sup>3</sup>", "H<sub>2</sub>O, 10<sup>3</sup>"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        (
            "<table><tr><th>a</th><th>b|c</th></tr><tr><td>1</td><td>2</td></tr></table>",
            "| a | b\\|c |\n| --- | --- |\n| 1 | 2 |",
        ),
        ("<p>第一段</p><p>10&nbsp;mGy</p>", "第一段\n\n10 mGy"),
        ("p &lt; 0.05 and 2 * 3, kV_p", "p < 0.05 and 2 * 3, kV_p"),
        ("2*3*4", "2\\*3\\*4"),
        ("1. no list", "1\\. no list"),
        ("<h2>Case</h2><hr>", "## Case\n\n---"),
        ("http://example.org/x", "http://example.org/x"),
        ("picture.html", "picture.html"),
        ("", ""),
        ('<a href="https://example.org/a">source</a>', "source (https://example.org/a)"),
    ],
)
def test_what_html_shows_is_kept_as_markdown(html, markdown):
    assert html_to_markdown(html) == markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (r"area \(\pi r^2\).", r"area $\pi r^2$."),
        (r"\[a &lt; b\]", "$$a < b$$"),
        ("$$E = mc^2$$", "$$E = mc^2$$"),
        (r"$a_1 * b_1$ and *", r"$a_1 * b_1$ and *"),
        (r"\(x\)5", "$x$ 5"),
        ('<script type="math/tex">x_1</script>', "$x_1$"),
        ('<img class="equation_image" data-equation-content="\\mu x" src="e.gif">', r"$\mu x$"),
        ("costs $5 and $6", "costs $5 and $6"),
    ],
)
def test_formulas_become_latex_between_dollars(html, markdown):
    assert html_to_markdown(html) == markdown


def test_a_formula_in_mathml_becomes_latex():
    found = html_to_markdown("<p>x: <math><mfrac><mi>a</mi><mn>2</mn></mfrac></math></p>")
    assert found.startswith("x: $\\frac{")


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>hi",
        '<p onclick="alert(1)">hi</p>',
        '<a href="javascript:alert(1)">hi</a>',
        '<img src="x" onerror="alert(1)">hi',
        "<style>p{}</style><iframe src='//x'></iframe>hi",
        "<svg onload=alert(1)><script>alert(1)</script></svg>hi",
        "<!-- alert -->hi",
    ],
)
def test_scripts_and_event_handlers_are_gone(html):
    assert html_to_markdown(html) == "hi"


def test_a_script_written_as_text_is_shown_and_does_not_run():
    markdown = html_to_markdown("&lt;script&gt;alert(1)&lt;/script&gt;")
    assert "<script" not in to_html(markdown)
    assert "alert(1)" in to_html(markdown)


def test_pictures_are_named_by_the_reader_and_missing_ones_leave_their_description():
    html = '<img src="a%20b.png" alt="A [chest]"><img src="gone.png" alt="gone">'
    names = {"a%20b.png": "figures/a-b.png"}
    found = html_to_markdown(html, lambda address: names.get(address, ""))
    assert found == "![A chest](figures/a-b.png)gone"
    assert html_to_markdown('<img src="figures/x.png" alt="x">') == "![x](figures/x.png)"
    assert html_to_markdown('<img src="http://host/x.png" alt="x">') == "x"


def test_deep_nesting_is_refused_quickly():
    start = time.perf_counter()
    with pytest.raises(ItemBankError, match="markup-too-deep"):
        html_to_markdown("<div>" * 30_000)
    with pytest.raises(ItemBankError, match="text-too-long"):
        html_to_markdown("<" * 300_000)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("piece", ["<", "<!", "&", "\\(", "$", "<a ", "*", "[", "`", "<!--", "<p"])
def test_repeated_signs_do_not_hang_the_conversion(piece):
    start = time.perf_counter()
    html_to_markdown(piece * 5_000)
    assert time.perf_counter() - start < 5


@settings(max_examples=200)
@given(html=st.text(st.sampled_from("<>/abp =\"'&;\\()[]$*_`|#-+1.\n!imgtdrulscript"), max_size=60))
def test_any_text_converts_to_something_harmless(html):
    markdown = html_to_markdown(html)
    assert "<script" not in to_html(markdown)


@settings(max_examples=300)
@given(text=st.text(st.sampled_from("ab 1.*_`[]()#+-=>&;\\~|!x\n量"), max_size=30))
def test_an_escaped_text_shows_exactly_itself(text):
    from bs4 import BeautifulSoup

    shown = BeautifulSoup(markdown_to_html(escape_markdown(text)), "html.parser").get_text()
    assert shown.split() == text.split()


markdowns = st.lists(
    st.sampled_from(
        ["dose", "**bold**", "$x_1$", "\n\n", "\n- a\n- b\n\n", "H<sub>2</sub>O", "剂量", " ",
         "\\*", "![a](figures/a.png)", "\n\n| a |\n| --- |\n| 1 |\n\n", "$$\\frac{a}{b}$$", "a < b",
         "*"]
    ),
    max_size=8,
).map(lambda parts: "".join(parts).strip())  # fmt: skip


@settings(max_examples=200)
@given(text=markdowns)
def test_markdown_comes_back_from_its_html_unchanged(text):
    assert html_to_markdown(markdown_to_html(text, keep_source=True)) == text
    assert html_to_markdown(markdown_to_html(text, inline=True, keep_source=True)) == text


def test_html_edited_elsewhere_goes_before_the_markdown_left_beside_it():
    html = markdown_to_html("* dose\n* dose rate", keep_source=True)
    assert "data-markdown" in html
    assert html_to_markdown(html) == "* dose\n* dose rate"
    assert html_to_markdown(html.replace("<li>dose<", "<li>kerma<")) == "- kerma\n- dose rate"
