"""The parts of the fuzz run, without atheris: mutations, and every target on some files."""

import io
import zipfile
from random import Random

import pytest

from tests.fuzz.mutation import mutate_structure, pack, unpack
from tests.fuzz.targets import TARGETS
from tests.itembank.formats.source_questions import SOURCES

FILES = [source.encode() for examples in SOURCES.values() for _, source in examples]
ZIPS = [
    pack({"imsmanifest.xml": b"<manifest><resources/></manifest>", "a.xml": FILES[40]}),
    pack({"questions.gift": b"::t::Is it? {T}", "x.png": b"\x89PNG"}),
    pack({"users.csv": b"sourcedId,givenName,familyName\n1,A,B\n", "classes.csv": b"sourcedId\n"}),
]


@pytest.mark.parametrize("seed", range(20))
def test_a_seed_gives_the_same_file_again(seed):
    for data in FILES[::7] + ZIPS:
        assert mutate_structure(data, Random(seed)) == mutate_structure(data, Random(seed))


def test_a_changed_zip_is_still_a_zip():
    for seed in range(200):
        changed = mutate_structure(ZIPS[seed % len(ZIPS)], Random(seed))
        if changed.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(changed)) as archive:
                assert archive.testzip() is None


def test_packing_is_undone_by_unpacking():
    members = {"a/b.xml": b"<a/>", "图.png": bytes(300)}
    assert unpack(pack(members)) == members
    assert unpack(pack(members, stored=True)) == members
    assert unpack(b"PK no zip") == {}


@pytest.mark.parametrize("name", TARGETS)
def test_files_and_their_mutations_give_questions_or_a_sentence(name):
    target = TARGETS[name]
    for data in FILES + ZIPS:
        target(data)
    for seed in range(60):
        random = Random(seed)
        target(mutate_structure(random.choice(FILES + ZIPS), random))
