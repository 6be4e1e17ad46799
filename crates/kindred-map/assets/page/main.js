// The start: the address, themes, and what follows a change of the view.

let listTimer = 0, addressTimer = 0;
function viewChanged() {
  showCard();
  clearTimeout(listTimer);
  listTimer = setTimeout(listPapers, 260);
  clearTimeout(addressTimer);
  addressTimer = setTimeout(writeAddress, 300);
}
function goToPaper(i) {
  pin(i);
  view.flyToPaper(i);
}
makeInput(model, renderer, view, canvases.overlay, {
  pin,
  hover: (i) => { state.hover = i; redraw(); },
});

// --- theme and colours --------------------------------------------------------------------------

function recolor() {
  const by = element("color").value;
  renderer.recolor(by);
  histogram.byYear(by === "year");
  paintTopics();
  drawLegend();
  histogram.draw();
}
const theme = element("theme");
theme.value = document.documentElement.dataset.theme;
theme.addEventListener("change", () => {
  document.documentElement.dataset.theme = theme.value;
  recolor();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor);
element("color").addEventListener("change", recolor);
if (!months) element("color").parentElement.hidden = true;

function drawLegend() {
  const names = { [MARK.liked]: "liked", [MARK.disliked]: "disliked", [MARK.recent]: "new", [MARK.query]: "found" };
  const legend = element("legend");
  legend.replaceChildren();
  for (const mark of [MARK.liked, MARK.disliked, MARK.recent, MARK.query]) {
    const papers = marked.filter((i) => columns.mark[i] === mark).length;
    if (!papers) continue;
    const canvas = make("canvas", { width: 32, height: 32 });
    drawMark(canvas.getContext("2d"), mark, 16, 16, 9, paint.palette().rest, paint.palette());
    legend.append(make("span", {}, canvas, `${papers.toLocaleString("en")} ${names[mark]}`));
  }
  const hasRest = facts.topics.some((topic) => topic.papers && (topic.hue === null || topic.hue > 7));
  if (hasRest && element("color").value === "topic") {
    const canvas = make("canvas", { width: 32, height: 32 }), context = canvas.getContext("2d");
    context.fillStyle = paint.palette().rest;
    context.arc(16, 16, 7, 0, 2 * Math.PI);
    context.fill();
    legend.append(make("span", {}, canvas, "pale: smaller topics"));
  }
}

// --- address ------------------------------------------------------------------------------------

function writeAddress() {
  const parts = { x: state.x.toFixed(4), y: state.y.toFixed(4), z: (state.scale / model.fitScale()).toFixed(3) };
  if (found.query) parts.q = found.query;
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
  const home = model.home();
  state.x = number("x", -0.1, 1.1, home.x);
  state.y = number("y", -0.1, 1.1, home.y);
  state.scale = home.scale * number("z", 0.6, 400, 1);
  const month = (name, otherwise) => monthNumber(parts.get(name) || "") || otherwise;
  if (bars.length > 1) histogram.set(month("from", months.first), month("to", months.last));
  const query = parts.get("q") || "";
  if (query !== found.query) { element("search").value = query; search(query); }
  redraw();
}
addEventListener("hashchange", () => { if (isAddress(location.hash)) readAddress(); });

readAddress();
recolor();
new ResizeObserver(() => { renderer.measure(); redraw(); histogram.draw(); }).observe(element("map"));
if (document.fonts) document.fonts.ready.then(() => { renderer.forgetLabels(); redraw(); });
