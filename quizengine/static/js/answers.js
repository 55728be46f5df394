// Keeps an answer on this device until the server has it. The retry key makes sending it twice harmless.
const STORE = "unsent-answer";
const MESSAGE = "answer-message";
const WAITS = [5, 10, 20, 40, 60];
const TRY_AGAIN = new Set([429, 502, 503, 504]);
let sending = false;

function read(storage, name) {
  try { return JSON.parse(storage().getItem(name)); } catch { return null; }
}

function write(storage, name, value) {
  try {
    if (value === null) storage().removeItem(name);
    else storage().setItem(name, JSON.stringify(value));
  } catch { /* a browser without storage: the answer lives as long as the page */ }
}

const device = () => localStorage;
const tab = () => sessionStorage;

function words() {
  return document.getElementById("notices").dataset;
}

function say(kind, title, text, link) {
  const box = document.createElement("div");
  box.className = `notice notice-${kind}`;
  box.dataset.answerNotice = "";
  const line = document.createElement("p");
  const strong = document.createElement("strong");
  strong.textContent = title;
  line.append(strong, " ", text);
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    line.append(" ", anchor);
  }
  box.append(line);
  const notices = document.getElementById("notices");
  notices.querySelector("[data-answer-notice]")?.remove();
  notices.append(box);
  return line;
}

function hush() {
  document.querySelector("[data-answer-notice]")?.remove();
}

// The countdown is seen, not heard: a live region that changes every second cannot be listened to.
function countDown(seconds) {
  const data = words();
  const text = (left) => data.unsavedText.replace("{seconds}", left);
  const line = say("unsure", data.unsavedTitle, "");
  const shown = document.createElement("span");
  shown.setAttribute("aria-hidden", "true");
  const heard = document.createElement("span");
  heard.className = "sr-only";
  heard.textContent = text(seconds);
  line.append(shown, heard);
  return new Promise((resolve) => {
    let left = seconds;
    const finish = () => {
      clearInterval(timer);
      window.removeEventListener("online", finish);
      resolve();
    };
    const step = () => {
      shown.textContent = text(left);
      if (left <= 0) finish();
      left -= 1;
    };
    const timer = setInterval(step, 1000);
    window.addEventListener("online", finish);
    step();
  });
}

function busy(on) {
  sending = on;
  const form = document.querySelector("[data-answer-form]");
  form?.setAttribute("aria-busy", String(on));
  const confirm = form?.querySelector("[data-confirm]");
  if (on && confirm) confirm.setAttribute("aria-disabled", "true");
  const state = document.querySelector("[data-save-state]");
  if (on && state) state.textContent = words().sendingText;
}

function swap(html, url) {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (!page.querySelector("main")) return location.reload();
  for (const part of ["header.header", "#under-header", "#notices", "main"]) {
    const old = document.querySelector(part);
    const fresh = page.querySelector(part);
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
  document.title = page.title;
  document.documentElement.lang = page.documentElement.lang;
  history.replaceState(null, "", url);
  window.scrollTo(0, 0);
  document.querySelector("main").focus({ preventScroll: true });
  return document.dispatchEvent(new CustomEvent("page:changed"));
}

function signedOut() {
  const data = words();
  say("unsure", data.signinTitle, data.signinText, { href: location.href, text: data.signinLink });
}

// An answer that waited may be sent from another page; only the sitting's own pages then move on.
function belongsHere(answer) {
  const sitting = new URL(answer.url, location.href).pathname.replace(/\/answers$/, "");
  return location.pathname.startsWith(sitting) || Boolean(document.querySelector("[data-answer-form]"));
}

// Refused for good: the page that follows is the server's, the sentence about it is said there.
function refused() {
  const data = words();
  write(device, STORE, null);
  write(tab, MESSAGE, { kind: "unsure", title: data.closedTitle, text: data.closedText });
  location.reload();
}

// In an exam room only one browser may answer. The answer stays here until this one may again.
async function keptOut(response) {
  if (response.status !== 409) return false;
  const page = new DOMParser().parseFromString(await response.clone().text(), "text/html");
  const told = page.querySelector("[data-code='other-browser'], [data-code='browser-released']");
  if (told) say("unsure", words().unsavedTitle, told.querySelector("h1").textContent);
  return Boolean(told);
}

async function post(answer) {
  const body = new URLSearchParams(answer.body);
  // A fresh page has a fresh token: the one kept with the answer may have gone with the session.
  const token = document.querySelector("input[name=csrf_token]")?.value;
  if (token) body.set("csrf_token", token);
  return fetch(answer.url, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
}

async function settle(response, answer) {
  if (response.status === 401) return signedOut();
  if (response.status === 400 && !answer.reloaded) {
    // Most likely the token is too old. A reload brings a new one, and the answer is sent again once.
    write(device, STORE, { ...answer, reloaded: true });
    return location.reload();
  }
  if (await keptOut(response)) return undefined;
  if (!response.ok) return refused();
  const html = await response.text();
  if (response.redirected && html.includes('type="password"')) return signedOut();
  write(device, STORE, null);
  hush();
  if (!belongsHere(answer)) return say("right", words().resentTitle, words().resentText);
  return swap(html, response.url);
}

async function send(answer) {
  if (sending) return;
  busy(true);
  for (let attempt = 0; ; attempt += 1) {
    let response = null;
    try {
      response = await post(answer);
    } catch { /* no connection: as if the server were away */ }
    if (response && !TRY_AGAIN.has(response.status)) {
      busy(false);
      await settle(response, answer);
      return;
    }
    const asked = Number(response?.headers.get("Retry-After")) || 0;
    await countDown(Math.min(300, Math.max(asked, WAITS[Math.min(attempt, WAITS.length - 1)])));
  }
}

function onSubmit(event) {
  const form = event.target.closest?.("form[data-answer-form]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  if (sending) return;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const answer = { url: form.action, body: body.toString(), key: body.get("retry_key") };
  write(device, STORE, answer);
  send(answer);
}

export function listen() {
  document.addEventListener("submit", onSubmit);
  const message = read(tab, MESSAGE);
  if (message) {
    write(tab, MESSAGE, null);
    say(message.kind, message.title, message.text);
  }
  const waiting = read(device, STORE);
  const signingIn = document.querySelector("input[type=password]");
  if (waiting && !signingIn) send(waiting);
}
