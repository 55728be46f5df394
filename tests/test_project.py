"""The project's own files: locks, vendored files, scripts, the table of settings."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest

from quizengine.config import SETTINGS

PROJECT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-bootstrap.lock"]
SCRIPTS = ["run", "test", ".ci/run", ".ci/check"]
VENDOR = PROJECT / "quizengine" / "static" / "vendor"

# Written in pieces, so that this file does not find itself.
PLACES = [
    "/work" + "/main",
    "/work" + "/shared",
    "../" + "shared",
    "/tmp" + "/brief",
    "/root" + "/.",
    "/opt" + "/pypi",
    "/opt" + "/wheels",
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npmjs" + ".org",
    "deb.debian" + ".org",
]


def normal_name(name: str) -> str:
    """A package's name as the registry compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def direct_packages(file: str) -> set[str]:
    lines = (line.partition("#")[0].strip() for line in (PROJECT / file).read_text().splitlines())
    names = (re.match(r"[\w.-]+", line) for line in lines if line and not line.startswith("-"))
    return {normal_name(name.group()) for name in names if name}


def pinned_packages(file: str) -> dict[str, str]:
    text = (PROJECT / file).read_text()
    return {
        normal_name(name): version
        for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, flags=re.M)
    }


def tracked_files() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return [name for name in listing.stdout.split("\0") if name and (PROJECT / name).is_file()]


@pytest.mark.parametrize("file", ["requirements", "requirements-dev"])
def test_every_direct_package_is_pinned_in_its_lock(file):
    wanted = direct_packages(f"{file}.txt")
    assert len(wanted) > 5
    assert wanted <= set(pinned_packages(f"{file}.lock"))


def test_the_packages_the_product_is_known_for_are_named():
    wanted = {"flask", "sqlalchemy", "scikit-learn", "numpy", "pyirt", "flask-login", "gunicorn"}
    assert wanted <= direct_packages("requirements.txt")


def test_the_development_lock_has_the_versions_of_the_product():
    product = pinned_packages("requirements.lock")
    assert product.items() <= pinned_packages("requirements-dev.lock").items()


@pytest.mark.parametrize("file", LOCKS)
def test_every_pinned_package_has_a_hash(file):
    entries = re.split(r"^(?=[\w.-]+==)", (PROJECT / file).read_text(), flags=re.M)[1:]
    assert entries
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_names_no_host(file):
    text = (PROJECT / file).read_text()
    assert "://" not in text
    assert "index-url" not in text


def test_no_tracked_file_names_a_place_of_one_machine():
    found = []
    for name in tracked_files():
        text = (PROJECT / name).read_bytes().decode("utf-8", errors="ignore")
        found += [f"{name}: {place}" for place in PLACES if place in text]
    assert found == []


def test_vendored_files_are_what_their_manifest_says():
    lines = (VENDOR / "checksums.txt").read_text().splitlines()
    manifest = {name: checksum for checksum, name in (line.split(maxsplit=1) for line in lines)}
    present = {
        file.relative_to(VENDOR).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.rglob("*")
        if file.is_file() and file.name != "checksums.txt"
    }
    assert present == manifest


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_can_be_run_as_it_is(name):
    assert os.access(PROJECT / name, os.X_OK)
    recorded = subprocess.run(
        ["git", "ls-files", "--stage", name], cwd=PROJECT, capture_output=True, text=True
    )
    assert recorded.stdout.startswith("100755"), f"git update-index --chmod=+x {name}"


@pytest.mark.parametrize("name", ["run", "test", ".ci/check"])
def test_a_script_needs_no_other_shell_than_sh(name):
    file = PROJECT / name
    assert file.read_text().startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", str(file)]).returncode == 0


def test_the_readme_lists_every_setting_and_no_other():
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\|\s*`([A-Z][A-Z_]+)`\s*\|", readme, flags=re.M)
    assert sorted(listed) == sorted(SETTINGS)


def test_every_setting_that_is_read_is_listed():
    source = (PROJECT / "quizengine" / "config.py").read_text()
    read = set(re.findall(r"""(?:get|whole|flag)\(\s*"([A-Z][A-Z_]+)\"""", source))
    assert read == set(SETTINGS)
