// Adds to pages that already work without it. Each module dresses the part of the page it is given;
// after an answer has replaced the page, all of them are called again.
import * as answering from "./answering.js";
import * as answers from "./answers.js";
import * as clock from "./clock.js";
import * as film from "./film.js";
import * as question from "./question.js";

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    const outside = event.type === "click" && !menu.contains(event.target);
    const escaped = event.type === "keydown" && event.key === "Escape";
    if (escaped && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    if (outside || escaped) menu.open = false;
  }
}

async function chooseTheme(event) {
  const form = event.target.closest?.("form[data-theme-form]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  document.documentElement.dataset.theme = event.submitter.value;
  for (const button of form.querySelectorAll("button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button === event.submitter));
  }
  try {
    const response = await fetch(form.action, {
      method: "POST", body, redirect: "manual", headers: { "X-Requested-With": "fetch" },
    });
    if (response.type !== "opaqueredirect" && !response.ok) throw new Error(response.status);
  } catch {
    form.submit(); // the page was dressed, but the choice not kept: let the browser try, and say why not
  }
}

function enhance(root) {
  film.enhance(root);
  answering.enhance(root);
  question.enhance(root);
  clock.enhance(root);
  root.querySelector("[data-error-summary]")?.focus();
}

document.addEventListener("click", closeMenus);
document.addEventListener("keydown", closeMenus);
document.addEventListener("submit", chooseTheme);
document.addEventListener("page:changed", () => enhance(document));
question.listen();
answers.listen();
enhance(document);
