// Choosing, striking out and confirming, by hand and by key. Single keys can be switched off and stay off on this device.
const KEYS_OFF = "single-keys-off";

function keysOff() {
  try { return localStorage.getItem(KEYS_OFF) === "yes"; } catch { return false; }
}

function setKeysOff(off) {
  try { localStorage.setItem(KEYS_OFF, off ? "yes" : "no"); } catch { /* only this page, then */ }
  document.documentElement.toggleAttribute("data-keys-off", off);
  showHints();
}

function showHints() {
  const off = keysOff();
  for (const hint of document.querySelectorAll("[data-hint]")) hint.hidden = off;
}

function setStruck(option, struck) {
  const input = option.querySelector("input");
  const button = option.querySelector("[data-strike]");
  option.classList.toggle("option-struck", struck);
  button.setAttribute("aria-pressed", String(struck));
  button.setAttribute("aria-label", struck ? button.dataset.restoreLabel : button.dataset.strikeLabel);
  if (struck && input.checked) {
    input.checked = false;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// Types without options: the fields say whether the answer is complete.
const fieldsOf = (form) => [...form.querySelectorAll("[data-answer-fields] :is(input, select)")];

function isComplete(form) {
  const fields = fieldsOf(form);
  if (fields.length) return fields.every((field) => field.value.trim() !== "" && field.validity.valid);
  return Boolean(form.querySelector("[data-option] input:checked"));
}

function updateConfirm(form) {
  const button = form.querySelector("[data-confirm]");
  if (!button) return;
  const chosen = [...form.querySelectorAll("[data-option] input:checked")].map((input) => input.dataset.letter);
  const complete = isComplete(form);
  const text = chosen.length ? button.dataset.chosenText.replace("{letter}", chosen.join(", "))
    : complete ? button.dataset.completeText : button.dataset.emptyText;
  button.querySelector("[data-confirm-text]").textContent = text;
  button.toggleAttribute("data-waiting", !complete);
  button.setAttribute("aria-disabled", String(!complete));
}

function dressForm(form) {
  for (const option of form.querySelectorAll("[data-option]")) {
    const strike = option.querySelector("[data-strike]");
    strike.hidden = false;
    strike.addEventListener("click", () => setStruck(option, !option.classList.contains("option-struck")));
    option.querySelector("input").addEventListener("change", (event) => {
      if (event.target.checked) setStruck(option, false);
      updateConfirm(form);
    });
  }
  for (const field of fieldsOf(form)) {
    for (const event of ["input", "change"]) field.addEventListener(event, () => updateConfirm(form));
  }
  form.addEventListener("submit", (event) => {
    if (isComplete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const empty = fieldsOf(form).find((field) => field.value.trim() === "" || !field.validity.valid);
    (empty ?? form.querySelector("[data-option] input"))?.focus();
  }, { capture: true });
  // Our own button says what is missing, in the language of the page.
  form.noValidate = true;
  updateConfirm(form);
}

function dressDialog(root) {
  const dialog = root.querySelector("[data-keys]");
  const open = root.querySelector("[data-keys-open]");
  if (!dialog || dialog.dataset.dressed !== undefined) return;
  dialog.dataset.dressed = "";
  const box = dialog.querySelector("[data-keys-switch]");
  box.checked = !keysOff();
  box.addEventListener("change", () => setKeysOff(!box.checked));
  if (open) {
    open.hidden = false;
    open.addEventListener("click", () => dialog.showModal());
  }
}

export function enhance(root) {
  const forms = new Set([...root.querySelectorAll("[data-options], [data-answer-fields]")].map((part) => part.closest("form")));
  for (const form of forms) {
    if (!form || form.dataset.dressed !== undefined) continue;
    form.dataset.dressed = "";
    dressForm(form);
  }
  dressDialog(root);
  showHints();
}

function choose(letter) {
  const input = document.querySelector(`[data-option] input[data-letter="${letter}"]`);
  if (!input) return false;
  input.focus();
  if (input.type === "checkbox" || !input.checked) input.click();
  return true;
}

function strikeFocused() {
  const option = document.activeElement?.closest("[data-option]");
  if (!option) return false;
  setStruck(option, !option.classList.contains("option-struck"));
  return true;
}

function confirmOrGoOn() {
  const form = document.querySelector("form:has([data-options], [data-answer-fields])");
  if (form) {
    form.requestSubmit(form.querySelector("[data-confirm]"));
    return true;
  }
  const next = document.querySelector("[data-next]");
  next?.click();
  return Boolean(next);
}

function onFilm(name) {
  const film = document.querySelector("[data-film]");
  film?.dispatchEvent(new CustomEvent(name));
  return Boolean(film);
}

function showKeys() {
  const dialog = document.querySelector("[data-keys]");
  dialog?.showModal();
  return Boolean(dialog);
}

function writes(target) {
  return target.closest("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])");
}

function deed(event) {
  const key = event.key.toLowerCase();
  if (event.key === "Enter") {
    const own = event.target.closest("a, button, summary, dialog, label");
    return own ? null : confirmOrGoOn;
  }
  if (keysOff() || document.querySelector("dialog[open]")) return null;
  if (/^[a-h]$/.test(key)) return () => choose(key.toUpperCase());
  if (/^[1-8]$/.test(key)) return () => choose("ABCDEFGH"[Number(key) - 1]);
  return { x: strikeFocused, i: () => onFilm("film:invert"), 0: () => onFilm("film:reset"), "?": showKeys }[key] ?? null;
}

export function listen() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || writes(event.target)) return;
    const act = deed(event);
    if (act?.()) event.preventDefault();
  });
}
