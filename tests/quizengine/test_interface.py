"""The frame, the sheets and the scripts, without a browser."""

import hashlib
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment, FileSystemLoader

from quizengine.styleguide import sample_context

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "quizengine" / "static"
TEMPLATES = ROOT / "templates"
SHARED = [
    TEMPLATES / "base.html",
    TEMPLATES / "styleguide.html",
    *sorted((TEMPLATES / "components").glob("*.html")),
]


def render_styleguide(locale: str) -> str:
    """The style guide with the names the application provides, and without translations."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, extensions=["jinja2.ext.i18n"]
    )
    environment.install_gettext_callables(
        lambda text: text, lambda one, many, n: one if n == 1 else many, newstyle=True
    )
    environment.globals.update(
        url_for=lambda endpoint, **values: f"/{endpoint}/{values.get('filename', '')}",
        csrf_token=lambda: "token",
        get_flashed_messages=lambda **_: [("success", "Kept."), ("error", "Not kept.")],
        current_user=SimpleNamespace(is_authenticated=True, display_name="Lin Yue"),
        request=SimpleNamespace(full_path="/styleguide?"),
        locale=locale,
        theme="auto",
        nav=[SimpleNamespace(url="/reports", label="Reports", current=True)],
    )
    return environment.get_template("styleguide.html").render(**sample_context(locale))


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6});", block))


def themes() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Light, dark by device, dark by choice."""
    sheet = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
    light = sheet.split("@media (prefers-color-scheme: dark)")[0]
    device, chosen = sheet.split("@media (prefers-color-scheme: dark)")[1].split(
        ':root[data-theme="dark"]'
    )
    return tokens(light), tokens(device), tokens(chosen)


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_dark_by_device_and_dark_by_choice_are_the_same():
    _, device, chosen = themes()

    assert device == chosen
    assert len(device) > 20


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_colour_can_be_read(theme):
    light, dark, _ = themes()
    colours = {**light, **dark} if theme else light
    on_both = ["ink", "ink-2", "ink-3", "accent", "cut", "right", "wrong", "unsure"]
    pairs = [(text, ground) for text in on_both for ground in ("surface", "ground")]
    pairs += [(text, f"{text}-tint") for text in ("accent", "cut", "right", "wrong", "unsure")]
    pairs += [
        ("on-accent", "accent"),
        ("ink-2", "sunken"),
        ("surface", "ink"),
        ("ink", "accent-tint"),
    ]

    too_faint = [pair for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < 4.5]

    assert too_faint == []


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_borders_of_controls_and_marks_of_charts_can_be_seen(theme):
    light, dark, _ = themes()
    colours = {**light, **dark} if theme else light

    for mark in ("line-strong", "band95"):
        for ground in ("surface", "ground"):
            assert contrast(colours[mark], colours[ground]) >= 3


def test_every_variable_that_a_sheet_uses_is_defined():
    sheets = {
        path.name: path.read_text(encoding="utf-8") for path in (STATIC / "css").glob("*.css")
    }
    defined = set(re.findall(r"--([\w-]+)\s*:", sheets["tokens.css"]))

    for name, sheet in sheets.items():
        assert set(re.findall(r"var\(--([\w-]+)", sheet)) <= defined, name


def test_vendored_files_are_the_ones_that_were_recorded():
    recorded = dict(
        reversed(line.split("  ", 1))
        for line in (STATIC / "vendor" / "checksums.txt").read_text().splitlines()
    )
    present = {path.name for path in (STATIC / "vendor").iterdir()} - {"checksums.txt"}

    assert present == set(recorded)
    for name, digest in recorded.items():
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.name)
def test_templates_keep_to_the_content_security_policy(path):
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=\"", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_style_guide_shows_every_component(locale):
    page = render_styleguide(locale)

    assert f'<html lang="{"zh-CN" if locale == "zh" else "en"}"' in page
    for mark in (
        "bands",
        "precision",
        "curve",
        "film",
        "option",
        "badge-close",
        "job",
        "proportion",
    ):
        assert f'class="{mark}' in page or f" {mark}" in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_form_that_posts_always_carries_the_token():
    page = render_styleguide("en")

    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL):
        assert 'name="csrf_token" value="token"' in form


def test_flashed_messages_are_announced():
    page = render_styleguide("en")

    assert re.search(
        r'role="status"[^>]*>\s*<div class="notice notice-right">.*?Kept\.', page, re.DOTALL
    )
    assert "notice-wrong" in page
