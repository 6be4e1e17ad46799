// Input, flights, the address, and the start.

const calm = matchMedia("(prefers-reduced-motion: reduce)");

function clampView() {
  state.scale = Math.max(fitScale() * 0.6, Math.min(mostScale(), state.scale));
  state.x = Math.max(-0.1, Math.min(1.1, state.x));
  state.y = Math.max(-0.1, Math.min(1.1, state.y));
}

let listTimer = 0, addressTimer = 0;
function viewChanged() {
  showCard();
  clearTimeout(listTimer);
  listTimer = setTimeout(listPapers, 260);
  clearTimeout(addressTimer);
  addressTimer = setTimeout(writeAddress, 300);
}

// --- flights ------------------------------------------------------------------------------------

let flight = 0;
function flyTo(x, y, scale) {
  cancelAnimationFrame(flight);
  scale = Math.max(fitScale() * 0.6, Math.min(mostScale(), scale));
  if (calm.matches) {
    Object.assign(state, { x, y, scale });
    redraw();
    return;
  }
  const from = { x: state.x, y: state.y, scale: state.scale };
  const far = Math.hypot(x - from.x, y - from.y) * Math.min(scale, from.scale) / Math.min(state.width, state.height);
  const dip = Math.min(1.6, Math.max(0, Math.log(1 + far) - 0.3));
  const start = performance.now(), lasts = 420 + 260 * Math.min(2, far);
  const step = (now) => {
    const t = Math.min(1, Math.max(0, (now - start) / lasts));
    const ease = t < 0.5 ? 4 * t * t * t : 1 - (-2 * t + 2) ** 3 / 2;
    const height = Math.log(from.scale) + (Math.log(scale) - Math.log(from.scale)) * ease - dip * 4 * ease * (1 - ease);
    state.scale = Math.exp(height);
    state.x = from.x + (x - from.x) * ease;
    state.y = from.y + (y - from.y) * ease;
    drawNow(isSlow && screenRatio > 1);
    flight = t < 1 ? requestAnimationFrame(step) : 0;
  };
  flight = requestAnimationFrame(step);
}
const flyAll = () => flyTo(0.5, 0.5, fitScale());
function flyToTopic(topic) {
  const { x, y, reach } = data.topics[topic];
  flyTo(x, y, Math.min(state.width, state.height) * 0.3 / Math.max(reach, 1e-4));
}
function flyToPaper(i) {
  pin(i);
  flyTo(placeX(i), placeY(i), Math.max(state.scale, fitScale() * 6));
}

// --- pointer ------------------------------------------------------------------------------------

function zoomAt(px, py, factor) {
  cancelAnimationFrame(flight);
  const x = (px - state.width / 2) / state.scale + state.x, y = (py - state.height / 2) / state.scale + state.y;
  state.scale *= factor;
  clampView();
  state.x = x - (px - state.width / 2) / state.scale;
  state.y = y - (py - state.height / 2) / state.scale;
  clampView();
  redraw();
}

const pointers = new Map();
let moved = 0;
const at = (event) => {
  const box = overlayCanvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};
overlayCanvas.addEventListener("pointerdown", (event) => {
  cancelAnimationFrame(flight);
  overlayCanvas.setPointerCapture(event.pointerId);
  if (!pointers.size) moved = 0;
  pointers.set(event.pointerId, at(event));
  overlayCanvas.classList.add("drag");
});
overlayCanvas.addEventListener("pointermove", (event) => {
  const now = at(event), before = pointers.get(event.pointerId);
  if (!before) {
    const found = event.pointerType === "touch" ? -1 : nearest(now[0], now[1], 12);
    if (found !== state.hover) { state.hover = found; overlayCanvas.classList.toggle("over", found >= 0); redraw(); }
    return;
  }
  const other = [...pointers].find(([id]) => id !== event.pointerId);
  moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
  if (other) {
    const [ox, oy] = other[1];
    const was = Math.hypot(before[0] - ox, before[1] - oy), is = Math.hypot(now[0] - ox, now[1] - oy);
    if (was > 1 && is > 1) zoomAt(ox, oy, is / was);
  } else if (moved > 3) {
    state.x -= (now[0] - before[0]) / state.scale;
    state.y -= (now[1] - before[1]) / state.scale;
    clampView();
    redraw();
  }
  pointers.set(event.pointerId, now);
});
for (const kind of ["pointerup", "pointercancel"]) {
  overlayCanvas.addEventListener(kind, (event) => {
    const place = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (!pointers.size) overlayCanvas.classList.remove("drag");
    if (kind === "pointerup" && place && moved <= 3 && !pointers.size) {
      pin(nearest(place[0], place[1], event.pointerType === "touch" ? 22 : 12));
    }
  });
}
overlayCanvas.addEventListener("pointerleave", () => {
  if (state.hover >= 0) { state.hover = -1; redraw(); }
});
overlayCanvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
  const turn = Math.max(-240, Math.min(240, event.deltaY * unit));
  zoomAt(...at(event), Math.exp(-turn * (event.ctrlKey ? 0.01 : 0.0022)));
}, { passive: false });
overlayCanvas.addEventListener("dblclick", (event) => {
  const [px, py] = at(event);
  flyTo((px - state.width / 2) / state.scale + state.x, (py - state.height / 2) / state.scale + state.y, state.scale * 2);
});

// --- keys and buttons ---------------------------------------------------------------------------

const zoomBy = (factor) => zoomAt(state.width / 2, state.height / 2, factor);
const KEYS = {
  ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0), ArrowUp: () => move(0, -1), ArrowDown: () => move(0, 1),
  "+": () => zoomBy(1.5), "=": () => zoomBy(1.5), "-": () => zoomBy(1 / 1.5), "0": flyAll,
  Escape: () => pin(-1), Enter: () => pin(nearest(state.width / 2, state.height / 2, 80)),
};
function move(x, y) {
  state.x += x * 0.15 * state.width / state.scale;
  state.y += y * 0.15 * state.height / state.scale;
  clampView();
  redraw();
}
overlayCanvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
for (const button of document.querySelectorAll("#zoom button")) {
  const act = { in: () => zoomBy(1.6), out: () => zoomBy(1 / 1.6), all: flyAll }[button.dataset.zoom];
  button.addEventListener("click", act);
}

// --- theme and colours --------------------------------------------------------------------------

function recolor() {
  chooseColors();
  makeShade();
  paintTopics();
  drawLegend();
  drawMonths();
  redraw();
}
const theme = element("theme");
theme.value = document.documentElement.dataset.theme;
theme.addEventListener("change", () => {
  document.documentElement.dataset.theme = theme.value;
  recolor();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor);
element("color").addEventListener("change", (event) => { state.color = event.target.value; recolor(); });
if (!months) element("color").parentElement.hidden = true;

function drawLegend() {
  const names = { [MARK.liked]: "liked", [MARK.disliked]: "disliked", [MARK.recent]: "new", [MARK.query]: "found" };
  const legend = element("legend");
  legend.replaceChildren();
  for (const mark of [MARK.liked, MARK.disliked, MARK.recent, MARK.query]) {
    const papers = marked.filter((i) => columns.mark[i] === mark).length;
    if (!papers) continue;
    const canvas = make("canvas", { width: 32, height: 32 });
    drawMark(canvas.getContext("2d"), mark, 16, 16, 9, palette().rest);
    legend.append(make("span", {}, canvas, `${papers.toLocaleString("en")} ${names[mark]}`));
  }
  const hasRest = data.topics.some((topic) => topic.hue === null && topic.papers);
  if (hasRest && state.color === "topic") {
    const canvas = make("canvas", { width: 32, height: 32 }), context = canvas.getContext("2d");
    context.fillStyle = palette().rest;
    context.arc(16, 16, 7, 0, 2 * Math.PI);
    context.fill();
    legend.append(make("span", {}, canvas, "smaller topics"));
  }
}

// --- address ------------------------------------------------------------------------------------

function writeAddress() {
  const parts = { x: state.x.toFixed(4), y: state.y.toFixed(4), z: (state.scale / fitScale()).toFixed(3) };
  if (state.query) parts.q = state.query;
  if (isFiltered()) Object.assign(parts, { from: monthText(state.from), to: monthText(state.to) });
  const hash = "#" + new URLSearchParams(parts);
  if (hash === location.hash) return;
  try { history.replaceState(null, "", hash); } catch { /* a viewer that allows none: the map works without */ }
}

function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const number = (name, low, high, otherwise) => {
    const value = parts.has(name) ? Number(parts.get(name)) : NaN;
    return Number.isFinite(value) ? Math.max(low, Math.min(high, value)) : otherwise;
  };
  state.x = number("x", -0.1, 1.1, 0.5);
  state.y = number("y", -0.1, 1.1, 0.5);
  state.scale = fitScale() * number("z", 0.6, 400, 1);
  const month = (name, otherwise) => {
    const [, year, of] = /^(\d{4})-(\d{2})$/.exec(parts.get(name) || "") || [];
    return year ? (Number(year) - 1900) * 12 + Number(of) : otherwise;
  };
  if (bars.length > 1) setMonths(month("from", months.first), month("to", months.last));
  const query = parts.get("q") || "";
  if (query !== state.query) { element("search").value = query; search(query); }
  redraw();
}
addEventListener("hashchange", readAddress);

resize();
chooseColors();
readAddress();
recolor();
new ResizeObserver(() => { redraw(); drawMonths(); }).observe(element("map"));
if (document.fonts) document.fonts.ready.then(redraw);
