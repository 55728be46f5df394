// The image viewer: fit and zoom, window (brightness and contrast), invert, reset. The picture itself is never changed.
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function drag(view, isZoomed) {
  let from = null;
  view.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0 || !isZoomed()) return;
    from = { x: event.clientX + view.scrollLeft, y: event.clientY + view.scrollTop };
    view.setPointerCapture(event.pointerId);
  });
  view.addEventListener("pointermove", (event) => {
    if (!from) return;
    view.scrollLeft = from.x - event.clientX;
    view.scrollTop = from.y - event.clientY;
  });
  for (const end of ["pointerup", "pointercancel"]) view.addEventListener(end, () => { from = null; });
}

function dress(film) {
  const find = (name) => film.querySelector(`[data-film-${name}]`);
  const [view, image, tools, sliders, say] = ["view", "image", "tools", "sliders", "say"].map(find);
  const [zoom, brightness, contrast] = ["zoom", "brightness", "contrast"].map(find);
  let inverted = false;

  function draw() {
    image.style.filter = `brightness(${brightness.value}%) contrast(${contrast.value}%) invert(${inverted ? 1 : 0})`;
    image.style.width = `${zoom.value}%`;
    const zoomed = Number(zoom.value) > 100;
    find("fit").setAttribute("aria-pressed", String(!zoomed));
    find("invert").setAttribute("aria-pressed", String(inverted));
    // A zoomed picture scrolls: it must then be reachable with the keyboard, and have a name there.
    if (zoomed) {
      view.tabIndex = 0;
      view.setAttribute("role", "region");
      view.setAttribute("aria-label", film.querySelector(".film-title span").textContent);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) view.removeAttribute(name);
    }
  }
  function announce(text, values = {}) {
    say.textContent = fill(text, values);
  }
  function setZoom(percent) {
    zoom.value = percent;
    draw();
    announce(film.dataset.zoomText, { percent: `${zoom.value}\u00a0%` });
  }
  function invert() {
    inverted = !inverted;
    draw();
    announce(inverted ? film.dataset.invertText : film.dataset.plainText);
  }
  function reset() {
    inverted = false;
    zoom.value = brightness.value = contrast.value = 100;
    draw();
    announce(film.dataset.resetText);
  }

  tools.hidden = false;
  find("fit").addEventListener("click", () => setZoom(100));
  find("invert").addEventListener("click", invert);
  find("reset").addEventListener("click", reset);
  find("window").addEventListener("click", (event) => {
    sliders.hidden = !sliders.hidden;
    event.currentTarget.setAttribute("aria-expanded", String(!sliders.hidden));
    event.currentTarget.setAttribute("aria-pressed", String(!sliders.hidden));
  });
  zoom.addEventListener("input", () => setZoom(zoom.value));
  for (const slider of [brightness, contrast]) {
    slider.addEventListener("input", () => {
      draw();
      announce(film.dataset.windowText, {
        brightness: `${brightness.value}\u00a0%`, contrast: `${contrast.value}\u00a0%`,
      });
    });
  }
  view.addEventListener("dblclick", () => setZoom(Number(zoom.value) > 100 ? 100 : 200));
  film.addEventListener("film:invert", invert);
  film.addEventListener("film:reset", reset);
  drag(view, () => Number(zoom.value) > 100);
}

export function enhance(root) {
  for (const film of root.querySelectorAll("[data-film]:not([data-dressed])")) {
    film.dataset.dressed = "";
    dress(film);
  }
}
