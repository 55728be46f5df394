"""LaTeX in texts of items as MathML: `$...$` inside a line, `$$...$$` on its own."""

from __future__ import annotations

import html
import re
from functools import lru_cache

import nh3

LONGEST, DEEPEST = 2_000, 50  # characters and open braces; beyond, the converter may not come back

# A dollar opens before a sign that is not white space and closes after one, not before a digit:
# "$5 and $10" are prices.
FORMULA = re.compile(
    r"(?<![\\$])(?:\$\$(?P<block>[^$]+?)\$\$|\$(?P<line>(?!\s)[^$\n]+?)(?<![\s\\])\$(?![\d$]))"
)
_TAGS = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msup", "msub",
    "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom",
    "menclose", "mstyle",
}  # fmt: skip
_ATTRIBUTES = {
    "math": {"display", "alttext"},
    "mo": {"stretchy", "fence", "separator", "form", "movablelimits", "minsize", "maxsize"},
    "mi": {"mathvariant"},
    "mfrac": {"linethickness"},
    "mspace": {"width"},
    "menclose": {"notation"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mtd": {"columnalign"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "munder": {"accentunder"},
    "mover": {"accent"},
}


@lru_cache(maxsize=4096)
def to_mathml(latex: str, *, block: bool = False) -> str:
    """A formula as MathML that cannot run anything; the source itself where it is no formula.

    The converter passes scripts and links through and fails in many ways on nonsense, so whatever
    it gives goes through an allow-list and whatever it raises shows the source.
    """
    source = latex.strip()
    if len(source) > LONGEST or source.count("{") > DEEPEST or source.count("\\left") > DEEPEST:
        return _as_source(source)
    try:
        from latex2mathml.converter import convert  # its symbol tables take 60 ms to load

        found = convert(source, display="block" if block else "inline")
    except Exception:
        return _as_source(source)
    start = '<math alttext="' + html.escape(source, quote=True) + '"'
    clean = nh3.clean(
        found.replace("<math", start, 1),
        tags=_TAGS,
        clean_content_tags={"script", "style"},
        attributes=_ATTRIBUTES,
    )
    return clean if clean.startswith("<math") else _as_source(source)


def _as_source(source: str) -> str:
    return f"<code>{html.escape(source)}</code>"
