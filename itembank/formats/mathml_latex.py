"""MathML to LaTeX, as far as questions use it: fractions, roots, scripts, fences, tables.

Presentation MathML only (W3C MathML 3, chapter 3). A TeX annotation is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from itembank.errors import ItemBankError
from itembank.formats.xml_safety import Element, local_name

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
    "varsigma sigma tau upsilon phi chi psi omega"
)
_CAPITALS = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
_SYMBOLS = {
    **{chr(0x3B1 + place): f"\\{name}" for place, name in enumerate(_GREEK.split())},
    **dict(zip("ΓΔΘΛΞΠΣΥΦΨΩ", (f"\\{name}" for name in _CAPITALS.split()), strict=True)),
    "×": r"\times",
    "⋅": r"\cdot",
    "·": r"\cdot",
    "÷": r"\div",
    "±": r"\pm",
    "∓": r"\mp",
    "−": "-",
    "≤": r"\leq",
    "≥": r"\geq",
    "≠": r"\neq",
    "≈": r"\approx",
    "≡": r"\equiv",
    "∝": r"\propto",
    "∞": r"\infty",
    "∑": r"\sum",
    "∏": r"\prod",
    "∫": r"\int",
    "∂": r"\partial",
    "∇": r"\nabla",
    "√": r"\surd",
    "→": r"\rightarrow",
    "←": r"\leftarrow",
    "⇒": r"\Rightarrow",
    "↔": r"\leftrightarrow",
    "∈": r"\in",
    "∉": r"\notin",
    "⊂": r"\subset",
    "∪": r"\cup",
    "∩": r"\cap",
    "∀": r"\forall",
    "∃": r"\exists",
    "…": r"\ldots",
    "°": r"^{\circ}",
    "′": "'",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "&": r"\&",
    "_": r"\_",
    "\\": r"\backslash",
    # invisible: function application, times, separator, plus
    "\u2061": "",
    "\u2062": "",
    "\u2063": "",
    "\u2064": "",
}
_ACCENTS = {
    "¯": "bar",
    "‾": "overline",
    "^": "hat",
    "ˆ": "hat",
    "~": "tilde",
    "˜": "tilde",
    "→": "vec",
    "⃗": "vec",
    "˙": "dot",
    ".": "dot",
    "¨": "ddot",
}
_FUNCTIONS = frozenset(
    (
        *("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan"),
        *("log", "ln", "exp", "lim", "max", "min"),
    )
)
_ROWS = frozenset(["math", "mrow", "mstyle", "mpadded", "merror", "mtd"])


def mathml_to_latex(math: Element) -> str:
    """The formula as LaTeX, without the dollar signs round it.

    Raises
    ------
    ItemBankError
        "mathml-unknown": an element LaTeX has nothing for, or content MathML.
    """
    for annotation in math.iter():
        kind = annotation.get("encoding", "").lower() if local_name(annotation) else ""
        if local_name(annotation) == "annotation" and kind in ("application/x-tex", "latex", "tex"):
            return "".join(annotation.itertext()).strip()
    return " ".join(_latex(math).split())


def _latex(element: Element) -> str:
    name = local_name(element)
    if name in _ROWS:
        return " ".join(filter(None, (_latex(child) for child in element)))
    if name in ("mi", "mn", "mo", "ms", "mtext"):
        return _token(name, " ".join("".join(element.itertext()).split()))
    if name == "mspace" or name.startswith("annotation") or name == "mphantom":
        return ""
    if name == "semantics":
        return _latex(element[0]) if len(element) else ""
    writer = _WRITERS.get(name)
    if writer is None:
        raise ItemBankError("mathml-unknown", value=name)
    parts = [_latex(child) for child in element]
    try:
        return writer(element, parts)
    except IndexError:
        raise ItemBankError("mathml-unknown", value=name) from None


def _token(name: str, text: str) -> str:
    if name in ("mtext", "ms"):
        escaped = "".join(_SYMBOLS[c] if c in "%$#&_{}" else c for c in text)
        return f"\\text{{{escaped}}}" if escaped else ""
    if text in _FUNCTIONS:
        return f"\\{text}"
    if name == "mi" and len(text) > 1 and text.isalpha() and text.isascii():
        return f"\\mathrm{{{text}}}"
    return (
        " ".join(filter(None, (_SYMBOLS.get(c, c) for c in text))) if not text.isdigit() else text
    )


def _over(element: Element, parts: list[str]) -> str:
    base, over = parts[0], parts[1]
    sign = "".join(element[1].itertext()).strip()
    if sign in _ACCENTS:
        return f"\\{_ACCENTS[sign]}{{{base}}}"
    if base in (r"\sum", r"\prod", r"\int", r"\lim"):
        return f"{base}^{{{over}}}"
    return f"\\overset{{{over}}}{{{base}}}"


def _under(element: Element, parts: list[str]) -> str:
    base, under = parts[0], parts[1]
    if base in (r"\sum", r"\prod", r"\int", r"\lim", r"\max", r"\min"):
        return f"{base}_{{{under}}}"
    return f"\\underset{{{under}}}{{{base}}}"


def _fenced(element: Element, parts: list[str]) -> str:
    opening = element.get("open", "(").strip() or "."
    closing = element.get("close", ")").strip() or "."
    comma = (element.get("separators", ",").strip() or " ")[0]
    signs = {"{": r"\{", "}": r"\}"}
    inside = f"{comma} ".join(parts)
    return f"\\left{signs.get(opening, opening)} {inside} \\right{signs.get(closing, closing)}"


def _table(element: Element, parts: list[str]) -> str:
    rows = r" \\ ".join(parts)
    return f"\\begin{{matrix}} {rows} \\end{{matrix}}"


_WRITERS: dict[str, Callable[[Element, list[str]], str]] = {
    "mfrac": lambda _, p: f"\\frac{{{p[0]}}}{{{p[1]}}}",
    "msqrt": lambda _, p: f"\\sqrt{{{' '.join(p)}}}",
    "mroot": lambda _, p: f"\\sqrt[{p[1]}]{{{p[0]}}}",
    "msup": lambda _, p: f"{_base(p[0])}^{{{p[1]}}}",
    "msub": lambda _, p: f"{_base(p[0])}_{{{p[1]}}}",
    "msubsup": lambda _, p: f"{_base(p[0])}_{{{p[1]}}}^{{{p[2]}}}",
    "mover": _over,
    "munder": _under,
    "munderover": lambda _, p: f"{_base(p[0])}_{{{p[1]}}}^{{{p[2]}}}",
    "mfenced": _fenced,
    "mtable": _table,
    "mtr": lambda _, p: " & ".join(p),
}


def _base(text: str) -> str:
    return (
        text if len(text) <= 1 or (text.startswith("\\") and text[1:].isalpha()) else f"{{{text}}}"
    )
