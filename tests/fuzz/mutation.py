"""Mutations that keep a file whole: elements of XML, members of a zip, lines of a text.

Bytes changed at random seldom get past a checksum or a parser. These change what the parsers hand
on. All of them take a `random.Random`, so that a seed gives the same file again.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from random import Random

Mutator = Callable[[bytes, Random], bytes]

_TOKEN = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<[^<>]*>|[^<]+|<", re.S)
_TAG = re.compile(r"<(/?)([\w.:-]+)([^<>]*?)(/?)>", re.S)
_ATTRIBUTE = re.compile(r"""([\w.:-]+)(\s*=\s*)("[^"]*"|'[^']*')""")
MAX_UNPACKED = 3_000_000
# What readers compute with, compare with or look up.
VALUES = (
    "", "0", "-1", "1", "2", "1e309", "-1e-320", "nan", "inf", "1,5", "0x10", "１２", "²", "½", "९",
    "9" * 400, "a", "A", "true", "false", "identifier", "rect", "circle", "poly", "0,0,0,0", "1,2",
    "../../etc/passwd", "figures/x.png", "%00%zz", "http://[", "data:image/png;base64,AAAA",
    "=1+1", "\ue000", "\ufffe", "\U0001f600", "{mlang en}x{mlang}", "$$", "\\", "#", "~", "->",
    "A,B", "全对", "对", "√", "ⅷ", "İ", "ß", "[[1]]", "{1:MC:~=x}", "<b>", "</p>", "&#0;", "&nbsp;",
)  # fmt: skip


def mutate_structure(data: bytes, random: Random) -> bytes:
    """One to three changes of the kind the file allows."""
    for _ in range(random.randint(1, 3)):
        if data.startswith(b"PK"):
            data = mutate_zip(data, random)
        elif data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            data = mutate_xml(data, random)
        else:
            data = mutate_lines(data, random)
    return data


# --- zip ---


def unpack(data: bytes) -> dict[str, bytes]:
    """The members that can be read, up to a size; empty for what is no zip."""
    members: dict[str, bytes] = {}
    left = MAX_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist()[:200]:
                if entry.file_size <= left and not entry.is_dir():
                    members[entry.filename] = archive.read(entry)
                    left -= entry.file_size
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError):
        pass
    except (NotImplementedError, IndexError, KeyError):
        pass
    return members


def pack(members: dict[str, bytes], *, stored: bool = False) -> bytes:
    """A zip of the members."""
    target = io.BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "w", method, compresslevel=None if stored else 1) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name[:1000]), data, method)
    return target.getvalue()


def mutate_zip(data: bytes, random: Random) -> bytes:
    """A member changed as its own kind allows, renamed, left out, doubled or exchanged."""
    members = unpack(data)
    if not members:
        return mutate_bytes(data, random)
    name, other = random.choice(list(members)), random.choice(list(members))
    choice = random.randrange(10)
    if choice < 6:
        members[name] = mutate_structure(members[name], random)
    elif choice == 6:
        del members[name]
    elif choice == 7:
        folder, _, last = name.rpartition("/")
        names = [f"{name}/x.xml", f"x/{name}", last, folder, "a b%20.xml", "图.png", name.upper()]
        members[random.choice(names) or "x"] = members.pop(name)
    elif choice == 8:
        members[name], members[other] = members[other], members[name]
    else:
        members[name] = random.choice([b"", b"\0" * 70_000, b"x" * 3_000, members[other] * 2])
    return pack(members, stored=random.random() < 0.3)


# --- XML ---


def mutate_xml(data: bytes, random: Random) -> bytes:
    """An element left out, doubled, moved, nested or renamed; an attribute or a text changed."""
    text = data.decode("utf-8", "replace")
    tokens: list[str] = _TOKEN.findall(text)
    if not tokens:
        return mutate_bytes(data, random)
    change = random.choice(
        [_drop, _double, _move, _nest, _rename, _attribute, _attribute, _attribute, _text, _text]
    )
    return "".join(change(tokens, random)).encode("utf-8", "replace")


def _span(tokens: list[str], random: Random) -> tuple[int, int]:
    """The places of an element: its tag, what it holds and its end."""
    starts = [place for place, token in enumerate(tokens) if _is_start(token)]
    if not starts:
        place = random.randrange(len(tokens))
        return place, place + 1
    start = random.choice(starts)
    depth = 0
    for place in range(start, min(len(tokens), start + 2_000)):
        found = _TAG.fullmatch(tokens[place])
        if found and not found[4]:
            depth += -1 if found[1] else 1
        if depth <= 0:
            return start, place + 1
    return start, start + 1


def _is_start(token: str) -> bool:
    found = _TAG.fullmatch(token)
    return found is not None and not found[1]


def _drop(tokens: list[str], random: Random) -> list[str]:
    start, end = _span(tokens, random)
    return tokens[:start] + tokens[end:]


def _double(tokens: list[str], random: Random) -> list[str]:
    start, end = _span(tokens, random)
    return tokens[:start] + tokens[start:end] * random.choice([2, 2, 3, 30]) + tokens[end:]


def _move(tokens: list[str], random: Random) -> list[str]:
    start, end = _span(tokens, random)
    part, rest = tokens[start:end], tokens[:start] + tokens[end:]
    place = random.randint(0, len(rest))
    return rest[:place] + part + rest[place:]


def _nest(tokens: list[str], random: Random) -> list[str]:
    start, end = _span(tokens, random)
    found = _TAG.fullmatch(tokens[start])
    names = ["div", "p", "ul", "table", "sup", "math", found[2] if found else "b"]
    name, depth = random.choice(names), random.choice([1, 1, 2, 20, 150])
    around = [f"<{name}>"] * depth, [f"</{name}>"] * depth
    return tokens[:start] + around[0] + tokens[start:end] + around[1] + tokens[end:]


def _rename(tokens: list[str], random: Random) -> list[str]:
    start, end = _span(tokens, random)
    names = [found[2] for token in tokens if (found := _TAG.fullmatch(token))] or ["x"]
    name = random.choice(names)
    changed = list(tokens)
    for place in {start, end - 1}:
        changed[place] = _TAG.sub(
            lambda found: f"<{found[1]}{name}{found[3]}{found[4]}>", tokens[place], count=1
        )
    return changed


def _attribute(tokens: list[str], random: Random) -> list[str]:
    """Another value, one of the file or one of `VALUES`; or the attribute goes."""
    # texts are not searched: in an embedded picture that would take minutes
    places = [n for n, token in enumerate(tokens) if token[0] == "<" and _ATTRIBUTE.search(token)]
    if not places:
        return _text(tokens, random)
    place = random.choice(places)
    own = [found[3][1:-1] for token in random.sample(tokens, min(len(tokens), 200))
           if token[0] == "<" for found in _ATTRIBUTE.finditer(token)]  # fmt: skip
    value = random.choice([*own, *VALUES] if random.random() < 0.5 else (own or VALUES))
    value = value.replace('"', "").replace("<", "&lt;")
    chosen = random.choice(list(_ATTRIBUTE.finditer(tokens[place])))
    new = "" if random.random() < 0.2 else f'{chosen[1]}="{value}"'
    changed = tokens[place][: chosen.start()] + new + tokens[place][chosen.end() :]
    return [*tokens[:place], changed, *tokens[place + 1 :]]


def _text(tokens: list[str], random: Random) -> list[str]:
    places = [place for place, token in enumerate(tokens) if not token.startswith("<")]
    place = random.choice(places) if places else random.randrange(len(tokens))
    value = random.choice([*VALUES, *(tokens[place] for place in places[:100])])
    if "&" not in value and "]]>" not in value:
        value = value.replace("<", "&lt;")
    return [*tokens[:place], value, *tokens[place + 1 :]]


# --- text ---


def mutate_lines(data: bytes, random: Random) -> bytes:
    """A line left out, doubled, moved or cut; a word changed; another encoding."""
    lines = data.splitlines(keepends=True) or [b""]
    place, other = random.randrange(len(lines)), random.randrange(len(lines))
    choice = random.randrange(8)
    if choice == 0:
        del lines[place]
    elif choice == 1:
        lines[place] *= random.choice([2, 3, 40])
    elif choice == 2:
        lines[place], lines[other] = lines[other], lines[place]
    elif choice == 3:
        line = lines[place]
        lines[place] = line[: random.randint(0, len(line))]
    elif choice == 4:
        lines.insert(place, random.choice(VALUES).encode() + b"\n")
    elif choice == 5:
        text = data.decode("utf-8", "replace")
        encoding = random.choice(["utf-16", "utf-16-le", "gb18030", "big5", "cp1252", "utf-8-sig"])
        return text.encode(encoding, "replace")
    else:
        words = re.split(rb"([,;\t:={}~#\[\]]|\s+)", lines[place])
        words[random.randrange(len(words))] = random.choice(
            [random.choice(VALUES).encode(), random.choice(words)]
        )
        lines[place] = b"".join(words)
    return b"".join(lines)


def mutate_bytes(data: bytes, random: Random) -> bytes:
    """A few bytes changed, left out or doubled."""
    if not data:
        return bytes([random.randrange(256)])
    place = random.randrange(len(data))
    length = random.randint(1, 8)
    part = random.choice([b"", random.randbytes(length), data[place : place + length] * 2])
    return data[:place] + part + data[place + length :]
