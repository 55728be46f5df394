// Comforts for answers that are more than one choice: moving the lines of a list, marking a point of a picture.
// Without this script the numbers beside them do the same.

function dressOrder(fieldset) {
  const list = fieldset.querySelector("[data-order-list]");
  const say = fieldset.querySelector("[data-order-say]");
  const rows = () => [...list.querySelectorAll("[data-order-row]")];

  function number() {
    rows().forEach((row, index) => {
      const place = row.querySelector("[data-order-place]");
      place.value = String(index + 1);
      place.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  function move(row, step, button) {
    const all = rows();
    const target = all[all.indexOf(row) + step];
    if (target && step < 0) target.before(row);
    if (target && step > 0) target.after(row);
    number(); // a line that is already first or last gets its number too
    button.focus();
    say.textContent = say.dataset.orderSayText.replace("{place}", String(rows().indexOf(row) + 1));
  }
  // A place chosen by number moves the line there, once every line has one.
  function sort() {
    const places = rows().map((row) => Number(row.querySelector("[data-order-place]").value));
    if (new Set(places).size !== places.length || places.includes(0)) return;
    const all = rows();
    const order = all.map((row, index) => [places[index], row]).sort((one, other) => one[0] - other[0]);
    const focused = document.activeElement;
    order.forEach(([, row]) => list.append(row));
    focused?.focus();
  }
  for (const row of rows()) {
    row.querySelector("[data-order-buttons]").hidden = false;
    for (const [name, step] of [["up", -1], ["down", 1]]) {
      const button = row.querySelector(`[data-order-${name}]`);
      button.addEventListener("click", () => move(row, step, button));
    }
    row.querySelector("[data-order-place]").addEventListener("input", sort);
  }
}

function dressHotSpot(spot) {
  const [picture, mark, across, down] = ["picture", "mark", "across", "down"].map((name) => spot.querySelector(`[data-hot-spot-${name}]`));
  function draw() {
    const set = across.value !== "" && down.value !== "" && across.validity.valid && down.validity.valid;
    mark.hidden = !set;
    mark.style.left = `${across.value}%`;
    mark.style.top = `${down.value}%`;
  }
  function set(x, y) {
    const percent = (share) => (Math.round(1000 * Math.min(1, Math.max(0, share))) / 10).toString();
    across.value = percent(x);
    down.value = percent(y);
    for (const field of [across, down]) field.dispatchEvent(new Event("change", { bubbles: true }));
    draw();
  }
  picture.addEventListener("click", (event) => {
    const box = picture.querySelector("img").getBoundingClientRect();
    set((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  });
  for (const field of [across, down]) field.addEventListener("input", draw);
  draw();
}

export function enhance(root) {
  for (const [name, dress] of [["data-order", dressOrder], ["data-hot-spot", dressHotSpot]]) {
    for (const part of root.querySelectorAll(`[${name}]`)) {
      if (part.dataset.dressed !== undefined) continue;
      part.dataset.dressed = "";
      dress(part);
    }
  }
}
