"""Real QTI files, where they lie beside the project: every element is an item or is listed."""

import io
import os
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from itembank.errors import ItemBankError, sentence
from itembank.formats.draft import complete
from itembank.formats.qti2 import read_qti2
from itembank.formats.qti12 import read_qti12
from itembank.formats.qti_package import read_qti_package

SAMPLES = Path(os.environ.get("SAMPLES", Path(__file__).parents[4] / "shared" / "samples"))
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample files")


def files(pattern):
    return sorted(SAMPLES.glob(pattern)) if SAMPLES.is_dir() else []


def checked(draft):
    """The draft; each item can be made, each rejection has its sentence."""
    for one in draft.items:
        assert complete(one, "R1").stem
        for finding in one.findings:
            assert sentence(finding, "zh")
    for one in draft.rejected:
        assert all(sentence(one.as_finding(), language) for language in ("en", "zh"))
        assert one.source.file
    for note in draft.notes:
        assert sentence(note, "en")
    return draft


def sources(draft):
    """How many elements of the source were stored or listed; a set comes from one element."""
    return len({one.source for one in (*draft.items, *draft.rejected)})


@pytest.mark.parametrize("path", files("qti12/**/*.xml"), ids=lambda path: path.name)
def test_every_question_of_a_qti_1_2_file_is_an_item_or_listed(path):
    data = path.read_bytes()
    draft = checked(read_qti12(data, path.name))
    assert sources(draft) == len(re.findall(rb"<item[ >]", data))


@pytest.mark.parametrize(
    ("name", "types", "rejected"),
    [
        (
            "all_canvas_simple_1.2.xml",
            {"single_best": 2, "true_false": 1, "short_text": 3, "multiple": 1, "matching": 1,
             "numeric": 1},
            {"qti-interaction": 1, "qti-by-hand": 1},
        ),
        ("edge_cases_1.2.xml", {"short_text": 2, "single_best": 1, "matching": 2}, {}),
        ("feedback_quiz_1.2.xml", {"true_false": 2}, {"qti-by-hand": 1}),
    ],
)  # fmt: skip
def test_the_questions_of_canvas_have_their_types(name, types, rejected):
    path = SAMPLES / "qti12" / "canvas_quizzes" / name
    if not path.exists():
        pytest.skip("another selection of samples")
    draft = read_qti12(path.read_bytes(), name)
    assert Counter(one.fields["type"] for one in draft.items) == types
    assert Counter(one.code for one in draft.rejected) == rejected


@pytest.mark.parametrize("path", files("qti2*/**/*.xml"), ids=lambda path: path.name)
def test_every_qti_2_file_is_items_or_is_listed(path):
    data = path.read_bytes()
    if b"<manifest" in data:
        with pytest.raises(ItemBankError):
            read_qti2(data, path.name)
        return
    draft = checked(read_qti2(data, path.name))
    assert sources(draft) == 1
    if b"<assessmentTest" in data:
        assert [one.code for one in draft.rejected] == ["qti-test-alone"]
    by_hand = b"<extendedTextInteraction" in data
    assert by_hand == any(one.code == "qti-by-hand" for one in draft.rejected)


def packed(folder):
    """A folder as the zip it came from."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return target.getvalue()


FOLDERS = [path.parent for path in files("qti[23]*/*/imsmanifest.xml")]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_item_of_an_unpacked_package_is_an_item_or_listed(folder):
    items = [
        path
        for path in folder.rglob("*.xml")
        if re.search(rb"<(qti-)?assessment-?[iI]tem[\s>]", path.read_bytes())
    ]
    draft = checked(read_qti_package(packed(folder), folder.name))
    assert sources(draft) == len(items)
    missing = [f for one in draft.items for f in one.findings if f.code == "qti-picture-missing"]
    assert missing == []


def test_questions_that_share_a_text_are_one_set():
    folder = SAMPLES / "qti30" / "test_package_stimulus"
    if not folder.is_dir():
        pytest.skip("another selection of samples")
    draft = read_qti_package(packed(folder), "package.zip")
    shared = [one.fields["stimulus"] for one in draft.items if "stimulus" in one.fields]
    assert len(shared) >= 3
    assert {one["id"] for one in shared} == {"Stimulus1"}
    assert sorted(one["position"] for one in shared) == list(range(1, len(shared) + 1))
    assert all("Anina" in one["text"]["en"] for one in shared)


@pytest.mark.parametrize("path", files("qti_packages/*.zip"), ids=lambda path: path.name)
def test_every_item_of_a_package_is_an_item_or_listed(path):
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if "__MACOSX" not in name]
        contents = [archive.read(name) for name in names if name.endswith(".xml")]
    count = sum(b"<assessmentItem" in data and b"<assessmentTest" not in data for data in contents)
    draft = checked(read_qti_package(path.read_bytes(), path.name))
    assert sources(draft) == count


@pytest.mark.parametrize(
    ("name", "code"),
    [("InvalidArchive.zip", "zip-broken"), ("MissingManifest.zip", "qti-manifest-missing")],
)
def test_a_wrong_package_is_refused_with_its_reason(name, code):
    path = SAMPLES / "qti_packages" / "wrong" / name
    if not path.exists():
        pytest.skip("another selection of samples")
    with pytest.raises(ItemBankError) as caught:
        read_qti_package(path.read_bytes(), name)
    assert caught.value.code == code


def test_one_damaged_item_is_named_and_the_other_comes_in():
    path = SAMPLES / "qti_packages" / "wrong" / "MalformedItemInTheMiddleXml.zip"
    if not path.exists():
        pytest.skip("another selection of samples")
    draft = read_qti_package(path.read_bytes(), path.name)
    assert len(draft.items) == 1
    (one,) = draft.rejected
    assert (one.code, one.source.file, one.source.line) == ("xml-broken", "qti2.xml", 17)
