"""Computed items: `python -m itembank.families --list | --draw NAME --seed N | --check`."""

from __future__ import annotations

import argparse
import sys

from itembank.errors import ItemBankError, sentence
from itembank.families import draw, families, family
from itembank.families.check import check_family, different_items
from itembank.family import Family
from itembank.item import LANGUAGES, Item
from itembank.response import response_words
from itembank.scoring import key_response

CHECKED_SEEDS = 200


def listed(one: Family) -> str:
    """A family in one line: name, place in the blueprint, type, level, difficulty."""
    return f"{one.id:28} {one.sub_topic}  {one.type:12} {one.level}  {one.difficulty}"


def written(item: Item, language: str) -> str:
    """An item as a student sees it, with its key and reasons."""
    lines = [f"[{item.id}, {language}] {item.stem.get(language)}"]
    for premise in item.premises:
        lines.append(f"  {premise.id}. {premise.text.get(language)}")
    for choice in item.choices:
        mark = "*" if choice.is_key else " "
        reason = f"  - {choice.reason.get(language)}" if choice.reason else ""
        lines.append(f" {mark}{choice.id}) {choice.text.get(language)}{reason}")
    lines.append(f"  = {response_words(item, key_response(item), language)}")
    lines.append(f"  {item.rule.get(language)}")
    return "\n".join(lines)


def check(chosen: list[Family]) -> int:
    """Check many items of each family; the number of families with faults."""
    faulty = 0
    for one in chosen:
        faults = check_family(one, range(CHECKED_SEEDS))
        different = different_items(one, range(CHECKED_SEEDS))
        verdict = f"{len(faults)} faults" if faults else "sound"
        sys.stdout.write(f"{one.id}: {verdict}, {different} of {CHECKED_SEEDS} different\n")
        for fault in faults[:5]:
            sys.stdout.write(f"  {fault}\n")
        faulty += bool(faults)
    return faulty


def main(arguments: list[str] | None = None) -> int:
    """List the families, show one item in both languages, or check them all."""
    parser = argparse.ArgumentParser(prog="python -m itembank.families", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="one line a family")
    what.add_argument("--draw", metavar="FAMILY", help="show one item in both languages")
    what.add_argument(
        "--check", nargs="*", metavar="FAMILY", help="check families; default all of them"
    )
    parser.add_argument("--seed", type=int, default=0, help="which item, a number from 0")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.list:
            sys.stdout.write("".join(listed(one) + "\n" for one in families().values()))
            return 0
        if chosen.draw is not None:
            item = draw(chosen.draw, chosen.seed)
            for language in LANGUAGES:
                sys.stdout.write(written(item, language) + "\n\n")
            return 0
        names = chosen.check or list(families())
        return 1 if check([family(name) for name in names]) else 0
    except ItemBankError as error:
        parser.error(sentence(error, "en"))


if __name__ == "__main__":
    sys.exit(main())
