"""Texts of items as safe HTML: Markdown, formulas, pictures, and nothing that runs."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.formulas import to_mathml
from quizengine.markup import split_asking, to_html, to_inline_html


def test_a_formula_in_a_line_becomes_mathml_and_keeps_its_source_as_a_description() -> None:
    html = to_html(r"The shift is $\Delta f = \frac{2 v_0}{c}$ Hz.")
    assert '<math alttext="\\Delta f = \\frac{2 v_0}{c}" display="inline">' in html
    assert "<mfrac>" in html
    assert "$" not in html


def test_a_formula_of_its_own_is_a_block_and_not_inside_a_paragraph() -> None:
    html = to_html("Before.\n\n$$I = I_0 e^{-\\mu x}$$\n\nAfter.")
    assert 'display="block"' in html
    assert "<p><math" not in html


def test_prices_are_no_formula() -> None:
    assert "<math" not in to_html("It costs $5 and then $10 more.")


def test_what_stands_in_code_stays_as_it_is() -> None:
    assert "<math" not in to_html("Write `$x$` so.")


@pytest.mark.parametrize("source", ["{" * 60, r"\sqrt{", "^", "x_", r"\left(", "\\" * 3000])
def test_what_is_no_formula_shows_its_source(source: str) -> None:
    assert to_mathml(source).startswith("<code>")


@pytest.mark.parametrize(
    "text",
    [
        r"$\text{<script>alert(1)</script>}$",
        r"$\href{javascript:alert(1)}{x}$",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](javascript:alert(1))",
        "![x](https://example.org/spy.png)",
        "![x](//example.org/spy.png)",
        "[x](javascript:alert(1))",
        "$</math><script>alert(1)</script>$",
        "<sub onclick=alert(1)>x</sub>",
        "$\\text{</math><img src=x onerror=alert(1)>}$",
    ],
)
def test_nothing_in_a_text_runs_or_calls_out(text: str) -> None:
    tags = _Tags(to_html(text, {"y": "0" * 64}, lambda sha256: f"/assets/{sha256}"))
    assert not {"script", "img", "a"} & set(tags.found)
    assert not [name for name in tags.attributes if name.startswith("on") or name == "href"]


class _Tags(HTMLParser):
    """The tags of a text and the names and values of their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.attributes |= dict(attrs)


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet=st.sampled_from("<>&$\\{}`![]()_^\"'/ax1 \n=|-*#"), max_size=80))
def test_any_text_gives_only_known_tags(text: str) -> None:
    tags = _Tags(to_html(text))
    assert not {"script", "iframe", "svg", "a", "style", "img", "object"} & set(tags.found)
    assert not [name for name in tags.attributes if name.startswith("on")]


def test_a_picture_of_the_bank_is_shown_by_its_hash() -> None:
    html = to_html(
        'Look: ![a "ring"](<figures/ct 环.png>)',
        {"figures/ct 环.png": "ab"},
        lambda sha256: f"/assets/{sha256}",
    )
    assert 'src="/assets/ab"' in html
    assert 'alt="a &quot;ring&quot;"' in html


def test_a_picture_nobody_knows_is_its_description() -> None:
    assert to_inline_html("![a phantom](figures/gone.png)") == "a phantom"


def test_subscripts_and_tables_are_kept() -> None:
    html = to_html("CO<sub>2</sub>\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert "CO<sub>2</sub>" in html
    assert "<td>2</td>" in html


def test_a_number_and_its_unit_never_part() -> None:
    assert "80&nbsp;kVp" in to_html("at 80 kVp")


def test_the_question_at_the_end_is_set_apart() -> None:
    assert split_asking("A patient coughs. What do you do?") == (
        "A patient coughs.",
        "What do you do?",
    )
