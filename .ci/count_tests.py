"""Print 'N passed, N failed, N skipped' from a JUnit file; fails when no test ran."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def main(file: Path) -> int:
    if not file.exists():
        print(f"{file} is missing: no test ran")
        return 1
    suites = ElementTree.parse(file).getroot().iter("testsuite")  # noqa: S314  our own file
    total = failed = skipped = 0
    for suite in suites:
        total += int(suite.attrib["tests"])
        failed += int(suite.attrib["failures"]) + int(suite.attrib["errors"])
        skipped += int(suite.attrib["skipped"])
    passed = total - failed - skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
