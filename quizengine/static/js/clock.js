// Counts down the time the server gave. It can be hidden; at five minutes and at one it is said politely.
const HIDDEN = "clock-hidden";
let timer = 0;

function face(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  const minutes = Math.floor(left / 60);
  const rest = String(left % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

function remembered() {
  try { return localStorage.getItem(HIDDEN) === "yes"; } catch { return false; }
}

function remember(hidden) {
  try { localStorage.setItem(HIDDEN, hidden ? "yes" : "no"); } catch { /* only this page, then */ }
}

export function enhance(root) {
  const clock = root.querySelector("[data-clock]");
  if (!clock) return;
  clearInterval(timer);
  const ends = performance.now() + Number(clock.dataset.clock) * 1000;
  const value = clock.querySelector("[data-clock-value]");
  const faceBox = clock.querySelector("[data-clock-face]");
  const toggle = clock.querySelector("[data-clock-toggle]");
  const say = clock.querySelector("[data-clock-say]");
  let before = Infinity;

  function show(hidden) {
    faceBox.hidden = hidden;
    toggle.textContent = hidden ? toggle.dataset.show : toggle.dataset.hide;
  }
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    show(!faceBox.hidden);
    remember(faceBox.hidden);
  });
  show(remembered());

  function tick() {
    const left = (ends - performance.now()) / 1000;
    value.textContent = face(left);
    if (before > 300 && left <= 300 && left > 60 && before !== Infinity) say.textContent = clock.dataset.clockFive;
    if (before > 60 && left <= 60 && left > 0 && before !== Infinity) say.textContent = clock.dataset.clockOne;
    before = left;
    if (left <= 0) {
      clearInterval(timer);
      // The server decides what happens now. Two seconds let an answer on its way arrive first.
      setTimeout(() => location.reload(), 2000);
    }
  }
  tick();
  timer = setInterval(tick, 1000);
}
