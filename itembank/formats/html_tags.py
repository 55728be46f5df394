"""HTML with whole tags only, so that no parser looks for the end of one again and again."""

from __future__ import annotations

import html as entities
import re

# Up to its end, quotation marks regarded. Every sign can match in one way only, so it cannot hang.
_TAG = re.compile(r"""</?[A-Za-z](?:[^<>"']|"[^"]*"|'[^']*')*>""")
_LOOSE_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
MAX_TAG_WORDS = 2_000


def with_whole_tags(html: str) -> str:
    """The same HTML without comments and declarations; a `<` that opens no tag becomes `&lt;`.

    Time grows with the length only, whatever the text.
    """
    parts: list[str] = []
    ends = _Ends(html)
    position = 0
    while (start := html.find("<", position)) >= 0:
        parts.append(html[position:start])
        found = _TAG.match(html, start) or _LOOSE_TAG.match(html, start)
        if found and found[0].count(" ") + found[0].count("=") <= MAX_TAG_WORDS:
            parts.append(found[0])
            position = found.end()
            continue
        kept, position = _declaration(html, start, ends)
        parts.append(kept)
    parts.append(html[position:])
    return "".join(parts)


class _Ends:
    """The last place of each end mark: looking for one behind it is needless."""

    def __init__(self, html: str) -> None:
        self.last = {mark: html.rfind(mark) for mark in ("-->", _CDATA_END, ">")}

    def after(self, html: str, mark: str, start: int) -> int:
        """Where the mark stands next; -1 for nowhere."""
        return html.find(mark, start) if self.last[mark] >= start else -1


def _declaration(html: str, start: int, ends: _Ends) -> tuple[str, int]:
    """What is kept of a `<` that opens no tag, and where to go on."""
    if html.startswith("<!--", start):
        end = ends.after(html, "-->", start + 4)
        if end >= 0:
            return "", end + 3
    elif html.startswith(_CDATA, start):
        end = ends.after(html, _CDATA_END, start)
        if end >= 0:
            return entities.escape(html[start + len(_CDATA) : end]), end + 3
    elif html.startswith(("<!", "<?"), start):
        end = ends.after(html, ">", start)
        if 0 <= end - start < 300:
            return "", end + 1
    return "&lt;", start + 1
