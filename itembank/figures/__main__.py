"""Write the figures into the shipped banks: `python -m itembank.figures [--list] [NAME ...]`."""

import argparse
import io
import json
import sys
from dataclasses import asdict
from pathlib import Path

from PIL import Image

from itembank.figures.canvas import Pixels
from itembank.figures.figure import Figure
from itembank.figures.registry import FIGURES

DATA = Path(__file__).resolve().parents[1] / "data"


def encode(pixels: Pixels) -> bytes:
    """An 8-bit PNG, grey or RGB, the same bytes every time."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def write(figure: Figure, data: Path) -> Path:
    """Draw a figure into its bank's folder under `data` and return the file's path."""
    path = data / figure.bank / figure.asset
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(figure.draw()))
    return path


def listed(figure: Figure) -> dict[str, object]:
    """What a writer of items needs: the asset, its words and what it truly shows."""
    words = asdict(figure)
    del words["draw"], words["name"]
    return {"asset": figure.asset, **words}


def main(arguments: list[str] | None = None) -> int:
    """Write the named figures, or all; `--list` prints their words as JSON instead."""
    parser = argparse.ArgumentParser(prog="python -m itembank.figures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures to write; default all")
    parser.add_argument("--list", action="store_true", help="print the words of the figures")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the banks")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in FIGURES]
    if unknown:
        parser.error(f"no figure is called {', '.join(unknown)}; --list names them all")
    figures = [FIGURES[name] for name in chosen.names or FIGURES]
    if chosen.list:
        words = [listed(figure) for figure in figures]
        sys.stdout.write(json.dumps(words, ensure_ascii=False, indent=1) + "\n")
        return 0
    for figure in figures:
        path = write(figure, chosen.data)
        sys.stdout.write(f"{figure.name}: {path.stat().st_size / 1024:.0f} KiB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
