"""A bank with every type of item, a case of three questions among them, for pages and journeys."""

from __future__ import annotations

import struct
import zlib

from itembank.bank import ItemBank
from itembank.blueprint import Blueprint, Competency, Profile, SubTopic
from itembank.item import (
    Choice,
    Figure,
    Item,
    Numeric,
    Premise,
    Region,
    Stimulus,
    Text,
    true_false_choices,
)

FIGURE = Figure(
    asset="figures/grey.png",
    alt=Text("A grey square with a bright corner", "一角较亮的灰色方块"),
    caption=Text("Simulated.", "模拟图。"),
)


def grey_picture(side: int = 64) -> bytes:
    """A small PNG: grey, the upper left quarter brighter."""
    rows = b"".join(
        b"\0" + bytes(200 if x < side // 2 and y < side // 2 else 90 for x in range(side))
        for y in range(side)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def _options(keys: str, letters: str = "abcde") -> tuple[Choice, ...]:
    return tuple(
        Choice(
            id=letter,
            text=Text(f"Statement {letter}", f"说法 {letter}"),
            is_key=letter in keys,
            reason=Text(f"Reason {letter}.", f"理由 {letter}。"),
        )
        for letter in letters
    )


def _premises() -> tuple[Premise, ...]:
    return tuple(
        Premise(
            id=f"p{n}",
            text=Text(f"Finding {n}", f"表现 {n}"),
            match="abc"[n % 3],
            reason=Text(f"Line {n}.", f"第 {n} 行。"),
        )
        for n in range(3)
    )


def _item(code: str, stem: str, **fields: object) -> Item:
    values: dict[str, object] = {
        "id": code,
        "competency": "A1",
        "sub_topic": "A1.1",
        "cognitive_level": "A",
        "difficulty": "medium",
        "stem": Text(f"{stem} Which is it?", f"{stem}（中文）是哪一项？"),
        "rule": Text("Remember $E = mc^2$.", "记住 $E = mc^2$。"),
    }
    return Item(**(values | fields))  # type: ignore[arg-type]


def _case(position: int) -> Stimulus:
    return Stimulus(
        id="case-1",
        text=Text(
            "A patient of 54 years coughs.\n\n| | |\n|---|---|\n| kVp | 120 |",
            "患者，54 岁，咳嗽。\n\n| | |\n|---|---|\n| kVp | 120 |",
        ),
        figures=(FIGURE,),
        position=position,
    )


def items_of_every_type() -> tuple[Item, ...]:
    """One item a type and rule of scoring, and a case of three questions."""
    return (
        _item("single", "With $\\frac{a}{b}$.", choices=_options("b", "abcd")),
        _item("yes-no", "True or false.", type="true_false", choices=true_false_choices(True)),
        _item("several", "All.", type="multiple", choices=_options("ac")),
        _item("several-part", "Part.", type="multiple", choices=_options("ace"), scoring="partial"),
        _item(
            "several-minus", "Minus.", type="multiple", choices=_options("ab"), scoring="plus_minus"
        ),
        _item("two-of", "Two.", type="select_n", choices=_options("bd"), scoring="partial"),
        _item(
            "number",
            "How much.",
            type="numeric",
            numeric=Numeric(value=12.5, tolerance=0.5, unit=Text("mAs", "mAs")),
        ),
        _item("word", "Name it.", type="short_text", accepted=(Text("heel effect", "足跟效应"),)),
        _item("list", "Order.", type="order", choices=_options("", "abcd")),
        _item("list-part", "Order.", type="order", choices=_options("", "abcd"), scoring="partial"),
        _item(
            "match", "Match.", type="matching", choices=_options("", "abcd"), premises=_premises()
        ),
        _item(
            "spot",
            "Where.",
            type="hot_spot",
            figures=(FIGURE,),
            regions=(
                Region(
                    id="r1",
                    shape="rect",
                    coordinates=(0.0, 0.0, 0.5, 0.5),
                    is_key=True,
                    label=Text("The corner", "角"),
                    reason=Text("It is bright.", "较亮。"),
                ),
                Region(id="r2", shape="circle", coordinates=(0.8, 0.8, 0.1)),
            ),
        ),
        *(
            _item(f"case-{n}", f"Case {n}.", choices=_options("a", "abcd"), stimulus=_case(n))
            for n in (1, 2, 3)
        ),
    )


def bank_of_every_type() -> ItemBank:
    """All of them in one competency."""
    return ItemBank(
        code="types",
        name=Text("Every type", "各种题型"),
        blueprint=Blueprint(
            competencies=(
                Competency(
                    code="A1",
                    name=Text("Area", "领域"),
                    sub_topics=(SubTopic(code="A1.1", name=Text("One", "一"), share=100),),
                ),
            ),
            profiles=(Profile(code="UNI", weights={"A1": 100}),),
        ),
        items=items_of_every_type(),
        licence="CC BY 4.0",
        assets={FIGURE.asset: grey_picture()},
    )
