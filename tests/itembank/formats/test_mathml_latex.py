"""Formulas of MathML as LaTeX."""

import pytest

from itembank.errors import ItemBankError
from itembank.formats.mathml_latex import mathml_to_latex
from itembank.formats.xml_safety import parse_xml


def latex(inside):
    source = f'<math xmlns="http://www.w3.org/1998/Math/MathML">{inside}</math>'
    return mathml_to_latex(parse_xml(source.encode(), "formula"))


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup>", "E = m c^{2}"),
        ("<mfrac><mn>1</mn><msub><mi>T</mi><mn>1</mn></msub></mfrac>", r"\frac{1}{T_{1}}"),
        ("<msqrt><mi>x</mi></msqrt>", r"\sqrt{x}"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
        ("<mi>λ</mi><mo>×</mo><mn>5</mn><mo>%</mo>", r"\lambda \times 5 \%"),
        ("<mi>sin</mi><mi>θ</mi>", r"\sin \theta"),
        ("<mtext>dose &amp; rate</mtext>", r"\text{dose \& rate}"),
        (
            "<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover>",
            r"\sum_{i}^{n}",
        ),
        ("<mover><mi>v</mi><mo>→</mo></mover>", r"\vec{v}"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", r"\left( a, b \right)"),
        (
            "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr></mtable>",
            r"\begin{matrix} 1 & 0 \end{matrix}",
        ),
        (
            "<semantics><mi>x</mi><annotation encoding='application/x-tex'>x_{own}</annotation>"
            "</semantics>",
            "x_{own}",
        ),
    ],
)
def test_a_formula_keeps_its_meaning(inside, expected):
    assert latex(inside) == expected


def test_what_latex_has_no_word_for_is_said():
    with pytest.raises(ItemBankError) as caught:
        latex("<apply><plus/></apply>")
    assert caught.value.code == "mathml-unknown"
    with pytest.raises(ItemBankError):
        latex("<mfrac><mn>1</mn></mfrac>")
