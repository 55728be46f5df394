"""Items of every type, for the properties of scoring and of every file format.

`items()` gives items with all that a type can hold; `items("numeric", "order")` only those types.
A writer that cannot carry everything narrows it by keywords (`languages`, `reasons`, `sets`,
`pictures`, `words`). `ASSETS` are the bytes of the pictures they name.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from itembank.item import (
    COGNITIVE_LEVELS,
    DIFFICULTIES,
    ITEM_TYPES,
    JURISDICTIONS,
    SCORINGS,
    STATUSES,
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

IDS = "abcdefghijkl"
ASSETS = {f"figures/{name}.png": f"picture {name}".encode() for name in ("one", "two", "three")}

# Any sign that can be stored; the second kind is what people write in ordinary files.
any_words = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffd"
    ),
    min_size=1,
    max_size=20,
).filter(lambda text: text.strip() != "")
plain_words = st.lists(
    st.sampled_from(
        ["dose", "X-ray", "5 mGy", "p < 0.05", "a & b", "50 %", "(kV)", "“quoted”", "e.g.",
         "semi;colon", "equal=sign", "tilde~", "hash#", "brace{x}", "back\\slash",
         "co:lon", "剂量", "影像，诊断", "μSv"]
    ),
    min_size=1,
    max_size=4,
).map(" ".join)  # fmt: skip


def texts(words=any_words, languages=("en", "zh"), *, empty=False):
    """A text in the languages; one of them may be missing where there are two."""
    if len(languages) == 1:
        found = words.map(lambda text: Text(**{languages[0]: text}))
    else:
        found = st.one_of(
            words.map(lambda text: Text(en=text)),
            words.map(lambda text: Text(zh=text)),
            st.builds(Text, en=words, zh=words),
        )
    return st.one_of(st.just(Text()), found) if empty else found


def distinct(texts_, least, most):
    """Different texts, as options of one item are."""
    return st.lists(
        texts_,
        min_size=least,
        max_size=most,
        unique_by=(lambda t: t.get("en"), lambda t: t.get("zh")),
    )


shares = st.integers(0, 100).map(lambda number: number / 100)
numbers = st.one_of(
    st.integers(-10_000, 10_000).map(float),
    st.decimals(-1000, 1000, places=3, allow_nan=False).map(float),
    st.floats(1e-9, 1e9),
).map(lambda number: number + 0.0)  # no minus zero


@st.composite
def regions(draw, region_id, is_key, words):
    """A region inside the picture with an area."""
    shape = draw(st.sampled_from(["rect", "circle", "polygon"]))
    left, top = draw(st.integers(0, 60)) / 100, draw(st.integers(0, 60)) / 100
    width, height = draw(st.integers(5, 40)) / 100, draw(st.integers(5, 40)) / 100
    right, bottom = round(left + width, 2), round(top + height, 2)
    coordinates = {
        "rect": (left, top, right, bottom),
        "circle": (left, top, width, height),
        "polygon": (left, top, right, top, right, bottom, round(left + width / 2, 3), top),
    }[shape]
    return Region(
        id=region_id,
        shape=shape,
        coordinates=coordinates,
        is_key=is_key,
        label=draw(words),
        reason=draw(words),
    )


@st.composite
def items(
    draw,
    *types,
    words=any_words,
    languages=("en", "zh"),
    reasons=True,
    sets=True,
    pictures=True,
    labels=True,
    item_id="Q1",
):
    """An item of one of the types, of any type when none is named."""
    kind = draw(st.sampled_from(types or ITEM_TYPES))
    text = texts(words, languages)
    extra = texts(words, languages, empty=True) if reasons else st.just(Text())
    item = Item(
        id=item_id,
        competency="R1",
        type=kind,
        stem=draw(text),
        rule=draw(extra),
        figures=draw(figures(kind, extra)) if pictures or kind == "hot_spot" else (),
        scoring=draw(st.sampled_from(("", *SCORINGS.get(kind, ())))),
        **draw(_content(kind, text, extra)),
    )
    if sets and draw(st.booleans()):
        stimulus = Stimulus(
            id=draw(st.sampled_from(["case-1", "case-2"])),
            text=draw(text),
            figures=draw(figures("", extra)) if pictures else (),
            irreversible=draw(st.booleans()),
            position=draw(st.integers(1, 5)),
        )
        item = replace(item, stimulus=stimulus)
    return replace(item, **draw(_labels())) if labels else item


def figures(kind, extra):
    """Up to two pictures; a hot spot has one at least."""
    one = st.builds(Figure, asset=st.sampled_from(sorted(ASSETS)), alt=extra, caption=extra)
    return st.lists(one, min_size=int(kind == "hot_spot"), max_size=2).map(tuple)


def _labels():
    return st.fixed_dictionaries(
        {},
        optional={
            "sub_topic": st.just("R1.1"),
            "cognitive_level": st.sampled_from(COGNITIVE_LEVELS),
            "difficulty": st.sampled_from(DIFFICULTIES),
            "jurisdiction": st.sampled_from(JURISDICTIONS),
            "status": st.sampled_from(STATUSES),
            "posts": st.sampled_from([("DR",), ("DR", "CT")]),
            "enemies": st.just(("pair-1",)),
            "reference": st.just("Bushong, chapter 3"),
        },
    )


@st.composite
def _content(draw, kind, text, extra):
    """The fields that only the type uses."""
    if kind == "numeric":
        return {
            "numeric": Numeric(
                value=draw(numbers),
                tolerance=abs(draw(numbers)),
                relative=draw(st.booleans()),
                unit=draw(st.sampled_from([Text(), Text(en="mGy", zh="毫戈瑞"), Text(en="%")])),
            )
        }
    if kind == "short_text":
        return {"accepted": tuple(draw(distinct(text, 1, 4)))}
    if kind == "hot_spot":
        n_regions = draw(st.integers(1, 3))
        keys = draw(st.sets(st.integers(0, n_regions - 1), min_size=1))
        return {
            "regions": tuple(
                draw(regions(f"r{place}", place in keys, extra)) for place in range(n_regions)
            )
        }
    if kind == "true_false":
        return {"choices": true_false_choices(draw(st.booleans()), draw(extra), draw(extra))}
    return draw(_options(kind, text, extra))


@st.composite
def _options(draw, kind, text, extra):
    options = draw(distinct(text, 2, 6))
    places = range(len(options))
    if kind == "single_best":
        keys = {draw(st.sampled_from(places))}
    elif kind in ("multiple", "select_n"):
        keys = draw(st.sets(st.sampled_from(places), min_size=1))
    else:
        keys = set()
    choices = tuple(
        Choice(id=IDS[place], text=options[place], is_key=place in keys, reason=draw(extra))
        for place in places
    )
    if kind != "matching":
        return {"choices": choices}
    premises = tuple(
        Premise(
            id=f"p{number}",
            text=one,
            match=draw(st.sampled_from(IDS[: len(options)])),
            reason=draw(extra),
        )
        for number, one in enumerate(draw(distinct(text, 1, 5)), start=1)
    )
    return {"choices": choices, "premises": premises}
