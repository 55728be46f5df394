"""What a web process loads at its start: every module here is paid in each worker."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

HEAVY = ("scipy", "sklearn", "openpyxl", "python_calamine", "PIL", "pyirt", "playwright", "pytest")


def output_of(program: str, environment: dict[str, str]) -> str:
    """What a fresh interpreter prints, started in the project's root."""
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_web_application_starts_without_the_heavy_libraries(tmp_path):
    program = (
        "import sys, wsgi\n"
        f"print(' '.join(sorted(set({HEAVY!r}) & {{n.partition('.')[0] for n in sys.modules}})))"
    )
    environment = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 40}
    assert output_of(program, environment).split() == []


def test_importing_models_alone_loads_no_scipy():
    program = "import sys, models; print('scipy' in sys.modules, 'sklearn' in sys.modules)"
    assert output_of(program, {}).split() == ["False", "False"]


def test_a_command_without_its_settings_ends_with_a_sentence(tmp_path):
    """No traceback: the first thing somebody tries may be `flask --help` before `./run`."""
    process = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "banks", "--help"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert process.returncode != 0
    assert "SECRET_KEY is not set." in process.stderr
    assert "Traceback" not in process.stderr
