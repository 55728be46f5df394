// Regions of a picture: what the numbers of the form mean, drawn while they are typed; and numbers written by drawing.
// Without this script the numbers are typed, and the server draws them.
const SVG = "http://www.w3.org/2000/svg";
const LEAST = 0.5; // percent; a smaller drag was a click

const clamp = (value) => Math.min(100, Math.max(0, value));
const written = (value) => String(Math.round(10 * value) / 10);
const numbersOf = (text) => text.split(/[\s,;，；、]+/).filter(Boolean).map((part) => Number(part.replace(/[%％]$/, "")));

function isComplete(shape, numbers) {
  if (!numbers.every(Number.isFinite)) return false;
  if (shape === "rect") return numbers.length === 4;
  if (shape === "circle") return numbers.length === 3 || numbers.length === 4;
  return numbers.length >= 4 && numbers.length % 2 === 0;
}

function element(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

// In a box of 1000 by 1000: ten for a percent.
function outline(shape, numbers) {
  const at = numbers.map((number) => 10 * number);
  if (shape === "rect") {
    const [left, top, right, bottom] = at;
    return element("rect", { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) });
  }
  if (shape === "circle") {
    return element("ellipse", { cx: at[0], cy: at[1], rx: Math.max(0, at[2]), ry: Math.max(0, at[3] ?? at[2]) });
  }
  const corners = [];
  for (let i = 0; i < at.length; i += 2) corners.push(`${at[i]},${at[i + 1]}`);
  return element("polygon", { points: corners.join(" ") });
}

class Row {
  constructor(fieldset, number) {
    this.number = number;
    this.fieldset = fieldset;
    this.shape = fieldset.querySelector("select[name$=-shape]");
    this.coordinates = fieldset.querySelector("input[name$=-coordinates]");
    this.key = fieldset.querySelector("[data-region-key]");
    this.button = fieldset.querySelector("[data-region-draw]");
  }

  get numbers() { return numbersOf(this.coordinates.value); }

  write(numbers) { this.coordinates.value = numbers.map(written).join(", "); }
}

class Board {
  constructor(root) {
    this.picture = root.querySelector("[data-regions-picture]");
    this.image = this.picture.querySelector("img");
    this.shapes = root.querySelector("[data-regions-shapes]");
    this.numbers = root.querySelector("[data-regions-numbers]");
    this.say = root.querySelector("[data-regions-say]");
    this.rows = [...root.querySelectorAll("[data-region]")].map((part, index) => new Row(part, index + 1));
    this.active = null; // the row that is being drawn
    for (const hint of root.querySelectorAll("[data-regions-only]")) hint.hidden = false;
    for (const row of this.rows) {
      row.button.hidden = false;
      row.button.addEventListener("click", () => (this.active === row ? this.stop() : this.start(row)));
      for (const field of [row.shape, row.coordinates, row.key]) field.addEventListener("input", () => this.draw());
      row.fieldset.addEventListener("focusin", () => this.draw());
      row.fieldset.addEventListener("focusout", () => this.draw());
    }
    this.picture.addEventListener("pointerdown", (event) => this.down(event));
    this.picture.addEventListener("pointermove", (event) => this.move(event));
    this.picture.addEventListener("pointerup", () => this.up());
    this.picture.addEventListener("pointercancel", () => this.stop(true));
    document.addEventListener("keydown", (event) => this.pressed(event));
    this.draw();
  }

  draw() {
    this.shapes.replaceChildren();
    this.numbers.replaceChildren();
    for (const row of this.rows) {
      const numbers = row.numbers;
      if (!isComplete(row.shape.value, numbers)) continue;
      const drawn = outline(row.shape.value, numbers);
      drawn.setAttribute("class", row.key.checked ? "region-right" : "region-rest");
      const is_now = row === this.active || row.fieldset.contains(document.activeElement);
      drawn.classList.toggle("region-active", is_now);
      this.shapes.append(drawn);
      this.numbers.append(element("text", { x: `${numbers[0]}%`, y: `${numbers[1]}%` }, String(row.number)));
    }
  }

  start(row) {
    this.stop();
    this.active = row;
    this.before = row.coordinates.value;
    this.corners = [];
    this.from = null;
    row.button.setAttribute("aria-pressed", "true");
    this.picture.setAttribute("data-drawing", "");
    this.tell(this.say.dataset.startText);
    this.picture.scrollIntoView({ block: "center" });
    this.draw();
  }

  stop(undo = false) {
    const row = this.active;
    if (!row) return;
    const unfinished = row.shape.value === "polygon" && this.corners.length > 0 && this.corners.length < 6;
    if (undo || unfinished) row.coordinates.value = this.before;
    row.button.setAttribute("aria-pressed", "false");
    this.picture.removeAttribute("data-drawing");
    this.active = null;
    if (row.coordinates.value !== this.before) this.tell(this.say.dataset.doneText, row);
    else this.say.textContent = "";
    this.draw();
  }

  tell(text, row = this.active) { this.say.textContent = text.replace("{number}", String(row.number)); }

  place(event) {
    const box = this.image.getBoundingClientRect();
    return [clamp(100 * (event.clientX - box.left) / box.width), clamp(100 * (event.clientY - box.top) / box.height)];
  }

  down(event) {
    if (!this.active || event.button !== 0) return;
    event.preventDefault();
    const at = this.place(event);
    if (this.active.shape.value === "polygon") return this.corner(at);
    this.from = at;
    this.picture.setPointerCapture(event.pointerId);
  }

  corner([x, y]) {
    const [firstX, firstY] = this.corners;
    if (this.corners.length >= 6 && Math.hypot(x - firstX, y - firstY) < 3) return this.finish();
    this.corners.push(x, y);
    this.active.write(this.corners);
    this.draw();
  }

  move(event) {
    if (!this.active || !this.from) return;
    const [x, y] = this.place(event);
    const [fromX, fromY] = this.from;
    if (this.active.shape.value === "rect") {
      this.active.write([Math.min(x, fromX), Math.min(y, fromY), Math.max(x, fromX), Math.max(y, fromY)]);
    } else {
      // Round on the screen: the radius is measured there, and said for the width and for the height.
      const { width, height } = this.image.getBoundingClientRect();
      const radius = Math.hypot((x - fromX) * width, (y - fromY) * height) / 100;
      const [across, down] = [100 * radius / width, 100 * radius / height];
      this.active.write(written(across) === written(down) ? [fromX, fromY, across] : [fromX, fromY, across, down]);
    }
    this.draw();
  }

  up() {
    if (!this.active || !this.from) return;
    this.from = null;
    const numbers = this.active.numbers;
    const size = this.active.shape.value === "rect" ? Math.min(numbers[2] - numbers[0], numbers[3] - numbers[1]) : numbers[2];
    if (this.active.coordinates.value !== this.before && size >= LEAST) this.finish();
    else this.active.coordinates.value = this.before;
    this.draw();
  }

  finish() {
    const row = this.active;
    this.stop();
    row.button.focus({ preventScroll: true });
  }

  pressed(event) {
    if (!this.active || !["Escape", "Enter"].includes(event.key)) return;
    if (event.key === "Escape") return this.stop(true);
    if (this.active.shape.value !== "polygon" || this.corners.length < 6) return;
    event.preventDefault(); // it closes the polygon and does not send the form
    this.finish();
  }
}

for (const root of document.querySelectorAll("[data-regions]")) {
  if (root.querySelector("[data-regions-picture]")) new Board(root);
}
