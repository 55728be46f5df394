"""The scripts of the frame in a real browser, against a small server that can be told to fail."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from quizengine.styleguide import sample_context

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"
QUESTION = """{% extends "base.html" %}
{% import "components/question.html" as parts with context %}
{% block header_tools %}<div class="header-tools">{{ parts.saved_at() }}</div>{% endblock %}
{% block content %}<h1>Question 7</h1>
{% call parts.answer_form("/sittings/1/answers", 7, "retry-7") %}
{{ parts.options([("p", "One"), ("q", "Two"), ("r", "Three")], "Choose one") }}
{{ parts.confirm_row() }}{% endcall %}
{{ parts.keys_dialog() }}{% endblock %}"""
FEEDBACK = (
    """{% extends "base.html" %}{% block content %}<h1>You chose {{ chosen }}</h1>{% endblock %}"""
)
JOB = """{% extends "base.html" %}
{% from "components/progress.html" import job_progress with context %}
{% block content %}
{{ job_progress("Calibrating", 1, 4, "Step 1 of 4", "/jobs/1") }}{% endblock %}"""
JOB_DONE = """{% from "components/progress.html" import job_progress with context %}
{{ job_progress("Calibrating", 4, 4, "All done") }}"""


@dataclass
class Server:
    """What the browser talks to: the statuses to refuse with first, and what it was sent."""

    address: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[dict[str, str]] = field(default_factory=list)


def build(server: Server) -> Flask:
    app = Flask(
        "quizengine", root_path=str(ROOT / "quizengine"), template_folder=ROOT / "templates"
    )
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: text, lambda one, many, n: one if n == 1 else many, newstyle=True
    )
    for name in ("set_language", "set_theme", "sign_out"):
        app.add_url_rule(
            f"/accounts/{name}", f"accounts.{name}", lambda: redirect("/"), methods=["POST"]
        )

    @app.context_processor
    def frame() -> dict[str, Any]:
        locale = request.args.get("lang", "en")
        theme = request.args.get("theme", "auto")
        return {"locale": locale, "theme": theme, "nav": [], "csrf_token": lambda: "token"}

    @app.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @app.get("/sittings/1")
    def question() -> str:
        return render_template_string(QUESTION)

    @app.post("/sittings/1/answers")
    def answer() -> ResponseReturnValue:
        server.received.append(request.form.to_dict())
        if server.statuses:
            return "not now", server.statuses.pop(0)
        return redirect("/sittings/1/feedback", 303)

    @app.get("/sittings/1/feedback")
    def feedback() -> str:
        chosen = server.received[-1]["choice"] if server.received else "nothing"
        return render_template_string(FEEDBACK, chosen=chosen)

    @app.get("/job")
    def job() -> str:
        return render_template_string(JOB)

    @app.get("/jobs/1")
    def job_fragment() -> str:
        return render_template_string(JOB_DONE)

    @app.get("/styleguide")
    def styleguide() -> str:
        source = '{% extends "styleguide.html" %}'
        return render_template_string(source, **sample_context(request.args.get("lang", "en")))

    return app


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()
    app = build(state)
    app.secret_key = "only for this test"
    listening = make_server("127.0.0.1", 0, app, threaded=True)
    state.address = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield state
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture(autouse=True)
def impatient(page: Page) -> None:
    page.set_default_timeout(8000)


def kept(page: Page) -> bool:
    return page.evaluate("localStorage.getItem('unsent-answer') !== null")


def test_an_answer_is_sent_and_the_page_moves_on(server, page):
    page.goto(f"{server.address}/sittings/1")
    page.locator("label", has_text="Two").click()
    page.get_by_role("button", name="Confirm B").click()

    expect(page.get_by_role("heading", name="You chose q")).to_be_visible()
    assert page.url.endswith("/sittings/1/feedback")
    assert not kept(page)
    assert server.received[0] | {"choice": "q"} == {
        "csrf_token": "token",
        "position": "7",
        "retry_key": "retry-7",
        "choice": "q",
    }


def test_an_answer_survives_a_server_that_is_away(server, page):
    server.statuses = [503, 503]
    page.goto(f"{server.address}/sittings/1")
    page.keyboard.press("c")
    page.keyboard.press("Enter")

    expect(page.locator("#notices")).to_contain_text("Your answer is kept on this device")
    assert kept(page)
    for attempts in (2, 3):  # the device says it is on line again: no need to wait
        page.wait_for_function("document.querySelector('[data-answer-notice]')")
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(300)
        assert len(server.received) == attempts

    expect(page.get_by_role("heading", name="You chose r")).to_be_visible()
    assert {answer["retry_key"] for answer in server.received} == {"retry-7"}
    assert not kept(page)


def test_an_answer_left_on_the_device_is_sent_by_the_next_page(server, page):
    server.statuses = [503]
    page.goto(f"{server.address}/sittings/1")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer-notice]")).to_be_visible()

    page.goto(f"{server.address}/job")

    expect(page.locator("#notices")).to_contain_text("has been sent")
    assert [answer["choice"] for answer in server.received] == ["p", "p"]
    assert not kept(page)


def test_an_answer_that_is_refused_says_so_and_is_not_sent_again(server, page):
    server.statuses = [409]
    page.goto(f"{server.address}/sittings/1")
    page.keyboard.press("a")
    page.keyboard.press("Enter")

    expect(page.locator("#notices")).to_contain_text("This answer could not be taken.")
    assert not kept(page)
    assert len(server.received) == 1


def test_someone_signed_out_keeps_the_answer(server, page):
    server.statuses = [401]
    page.goto(f"{server.address}/sittings/1")
    page.keyboard.press("a")
    page.keyboard.press("Enter")

    expect(page.locator("#notices")).to_contain_text("You are signed out.")
    assert kept(page)


def test_nothing_is_sent_before_an_answer_is_chosen(server, page):
    page.goto(f"{server.address}/sittings/1")
    page.get_by_role("button", name="Choose an answer").press("Enter")

    expect(page.locator("input[name=choice]").first).to_be_focused()
    assert server.received == []


def test_keys_choose_strike_out_and_restore(server, page):
    page.goto(f"{server.address}/sittings/1")
    page.keyboard.press("2")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()

    page.keyboard.press("x")
    expect(page.get_by_role("radio").nth(1)).not_to_be_checked()
    expect(page.get_by_role("button", name="Restore B")).to_be_visible()

    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Strike out B")).to_be_visible()
    expect(page.get_by_role("button", name="Confirm B")).to_be_visible()


def test_single_keys_can_be_switched_off_and_stay_off(server, page):
    page.goto(f"{server.address}/sittings/1")
    page.keyboard.press("?")
    page.get_by_label("Use single keys").uncheck()
    page.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("a")

    expect(page.get_by_role("radio").first).not_to_be_checked()


def test_a_question_can_be_answered_without_scripts(server, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.address}/sittings/1")
    page.locator("label", has_text="Two").click()
    page.get_by_role("button", name="Confirm the answer").click()

    assert page.url.endswith("/sittings/1/feedback")
    context.close()


def test_the_progress_of_a_job_follows_until_it_is_done(server, page):
    page.goto(f"{server.address}/job")

    expect(page.get_by_text("All done")).to_be_visible(timeout=6000)
    assert page.locator("[hx-get]").count() == 0


def test_the_film_inverts_and_resets_and_the_policy_is_kept(server, page):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{server.address}/styleguide")
    image = page.locator("[data-film-image]")

    page.get_by_role("button", name="Invert").click()
    assert "invert(1)" in image.evaluate("image => image.style.filter")
    page.get_by_role("button", name="Reset").click()
    assert "invert(0)" in image.evaluate("image => image.style.filter")
    assert complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_style_guide_is_accessible_and_fits(server, page, lang, theme, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{server.address}/styleguide?lang={lang}&theme={theme}")

    found = Axe().run(page).response["violations"]
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    assert [(rule["id"], rule["nodes"][0]["html"][:120]) for rule in found] == []
    assert overflow <= 0
