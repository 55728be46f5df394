"""Sets a report as PDF. Runs as a program of its own: JSON on standard input, PDF on output.

A web process neither keeps the typesetter's memory this way, nor waits for one that hangs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent / "fonts"
SECONDS = 20.0


class NotSet(Exception):
    """The report could not be set; the text says why."""


def set_report(template: Path, content: Mapping[str, Any], *, seconds: float = SECONDS) -> bytes:
    """A PDF with tags for screen readers and all fonts embedded.

    Parameters
    ----------
    template : a typst file; it reads `content` from sys.inputs, never as source text.
    seconds : after them the typesetter is killed.

    Raises
    ------
    NotSet
        The typesetter failed or took too long.
    """
    asked = json.dumps({"template": str(template), "content": json.dumps(content)})
    try:
        done = subprocess.run(
            [sys.executable, __file__],
            input=asked.encode(),
            capture_output=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise NotSet(f"no result after {seconds:.0f} seconds") from None
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise NotSet(done.stderr.decode(errors="replace").strip()[-500:])
    return done.stdout


def main() -> None:
    """Set what stands on standard input."""
    import typst

    asked = json.load(sys.stdin)
    template = Path(asked["template"])
    sys.stdout.buffer.write(
        typst.compile(
            template,
            root=template.parent,
            font_paths=[FONTS],  # the system's fonts only fill in what these lack
            format="pdf",
            sys_inputs={"content": asked["content"]},
            pdf_standards=["ua-1"],
        )
    )


if __name__ == "__main__":
    main()
