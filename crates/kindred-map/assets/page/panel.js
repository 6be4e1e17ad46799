// The panel: topics, search, months, the papers in view. All that the picture shows is here too.

const element = (id) => document.getElementById(id);

const data = JSON.parse(element("map-data").textContent);
const facts = data.facts;
const model = makeModel(facts, unpack(Uint8Array.from(atob(data.points), (letter) => letter.charCodeAt(0)).buffer));
const { state, columns, count, months, bars, marked, isShown, isFiltered, placeX, placeY, screenX, screenY } = model;
const canvases = { shade: element("shade"), density: element("density"), overlay: element("overlay") };
const renderer = makeRenderer(model, canvases, viewChanged);
const { paint, redraw } = renderer;
const view = makeView(model, renderer);
const found = { query: "", topics: [], turn: -1 };

/** The address of a paper: its own, or that of its arXiv id or DOI. */
function address(i) {
  if (data.urls[i] !== undefined) return data.urls[i];
  const id = data.ids[i].replace(/^arxiv:/i, "");
  if (/^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?\/\d{7})(v\d+)?$/.test(id)) return "https://arxiv.org/abs/" + id;
  const doi = data.ids[i].replace(/^doi:/i, "");
  if (/^10\.\d{4,9}\/\S+$/.test(doi)) return "https://doi.org/" + encodeURI(doi).replace(/[?#]/g, encodeURIComponent);
  return null;
}

function make(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Text of a paper's own, whatever its direction, changes nothing around it.
const own = (text) => make("bdi", { textContent: text });

const titleOf = (i) => data.titles[i].trim() || data.ids[i].trim() || "untitled";
const detailText = (i) => [data.ids[i], monthText(columns.month[i])].filter(Boolean).join(" \u00b7 ");

// --- card ---------------------------------------------------------------------------------------

function showCard() {
  const card = element("card");
  const i = state.pinned >= 0 ? state.pinned : state.hover;
  card.hidden = i < 0;
  card.classList.toggle("pinned", state.pinned >= 0);
  if (i < 0) return;
  if (card.dataset.paper !== String(i) || card.dataset.pinned !== String(state.pinned >= 0)) {
    card.dataset.paper = i;
    card.dataset.pinned = state.pinned >= 0;
    const weak = columns.strength[i] < 5 ? " (loosely)" : "";
    const topic = columns.topic[i] === NONE ? "" : model.topicText(columns.topic[i]) + weak;
    const link = address(i);
    card.replaceChildren(make("strong", {}, own(titleOf(i))), make("p", {}, own(detailText(i))));
    if (topic) card.append(make("p", {}, own(topic)));
    const mark = ["", "new", "disliked", "liked", "found"][columns.mark[i]];
    if (mark) card.append(make("p", { textContent: mark }));
    if (state.pinned >= 0) {
      if (link) {
        const anchor = make("a", { href: link, textContent: link.replace(/^https:\/\//, ""), target: "_blank", rel: "noopener noreferrer" });
        card.append(make("p", {}, anchor));
      }
      const close = make("button", { type: "button", textContent: "\u00d7" });
      close.setAttribute("aria-label", "Close");
      close.addEventListener("click", () => pin(-1));
      card.append(close);
    }
  }
  const x = screenX(placeX(i)), y = screenY(placeY(i));
  const [w, h] = [card.offsetWidth, card.offsetHeight];
  let left = x + 14, top = y + 14;
  if (left + w > state.width - 8) left = x - 14 - w;
  if (top + h > state.height - 8) top = y - 14 - h;
  left = Math.max(8, Math.min(state.width - w - 8, left));
  top = Math.max(8, Math.min(state.height - h - 8, top));
  card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

function pin(i) {
  state.pinned = i;
  state.hover = -1;
  redraw();
  showCard();
}

// --- topics -------------------------------------------------------------------------------------

const topicButtons = new Map();
for (const button of document.querySelectorAll("#topics .name")) {
  const topic = Number(button.dataset.topic);
  topicButtons.set(topic, button);
  if (facts.topics[topic].papers) button.addEventListener("click", () => view.flyToTopic(topic));
  else button.disabled = true;
}
for (const button of document.querySelectorAll("#topics .open")) {
  const list = button.parentElement.querySelector("ul");
  button.addEventListener("click", () => setOpen(button, list, list.hidden));
  setOpen(button, list, false);
}
function setOpen(button, list, open) {
  list.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
}
function revealTopic(topic) {
  for (let up = topicButtons.get(topic).closest("ul"); up && up.parentElement.matches("li"); up = up.parentElement.closest("ul")) {
    setOpen(up.parentElement.querySelector(".open"), up, true);
  }
}
function paintTopics() {
  const chosen = paint.palette();
  for (const [topic, button] of topicButtons) {
    const hue = facts.topics[topic].hue;
    button.querySelector("i").style.background = hue === null ? chosen.rest : chosen.hues[hue];
  }
}

// --- search -------------------------------------------------------------------------------------

const folded = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
let haystack = null;

function search(text) {
  found.query = text;
  found.turn = -1;
  const words = folded(text).split(/\s+/).filter(Boolean);
  const hits = [];
  found.topics = [];
  if (words.length) {
    if (!haystack) haystack = data.titles.map((title, i) => folded(data.ids[i] + " " + title));
    for (let i = 0; i < count; i++) if (words.every((word) => haystack[i].includes(word))) hits.push(i);
    facts.topics.forEach((topic, t) => {
      const label = folded(topic.label);
      if (words.every((word) => label.includes(word))) found.topics.push(t);
    });
  }
  state.hits = Uint32Array.from(hits);
  for (const [topic, button] of topicButtons) {
    const hit = found.topics.includes(topic);
    button.classList.toggle("hit", hit);
    if (hit && found.topics.length <= 40) revealTopic(topic);
  }
  sayHits();
  redraw();
}

function sayHits() {
  if (!found.query.trim()) { element("hits").textContent = ""; return; }
  const shown = isFiltered() ? state.hits.filter(isShown).length : state.hits.length;
  const hidden = state.hits.length - shown;
  const parts = [plural(shown, "paper"), plural(found.topics.length, "topic")];
  if (hidden) parts.push(`${hidden} outside of the months`);
  const next = shown + found.topics.length ? ". Enter goes to the next one." : ".";
  element("hits").textContent = parts.join(", ") + next;
}

function nextHit(step) {
  const targets = [...found.topics.filter((t) => facts.topics[t].papers).map((t) => [t, null]),
    ...Array.from(state.hits.filter(isShown), (i) => [null, i])];
  if (!targets.length) return;
  const start = found.turn < 0 ? (step > 0 ? -1 : 0) : found.turn;
  found.turn = (start + step + targets.length) % targets.length;
  const [topic, paper] = targets[found.turn];
  if (topic !== null) view.flyToTopic(topic); else goToPaper(paper);
}

{
  let timer = 0;
  element("search").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => search(event.target.value), 120);
  });
  element("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      clearTimeout(timer);
      if (event.target.value !== found.query) search(event.target.value);
      nextHit(event.shiftKey ? -1 : 1);
      event.preventDefault();
    } else if (event.key === "Escape") {
      event.target.value = "";
      search("");
    }
  });
}

// --- months -------------------------------------------------------------------------------------

let shadeTimer = 0;
const histogram = makeMonths(model, paint, { canvas: element("histogram"), from: element("from"), to: element("to"), span: element("span") }, () => {
  sayHits();
  clearTimeout(shadeTimer);
  shadeTimer = setTimeout(renderer.reshade, 120);
  redraw();
});
element("months").hidden = bars.length < 2;

// --- papers in view -----------------------------------------------------------------------------

function listPapers() {
  const [left, top] = [model.worldX(0), model.worldY(0)], [right, bottom] = [model.worldX(state.width), model.worldY(state.height)];
  const perTopic = new Uint32Array(facts.topics.length);
  const nearestFirst = [];
  let visible = 0, farthest = Infinity;
  model.eachSlice(left, top, right, bottom, (from, to) => {
    for (let i = from; i < to; i++) {
      const x = placeX(i), y = placeY(i);
      if (x < left || x > right || y < top || y > bottom || !isShown(i)) continue;
      visible++;
      const topic = columns.topic[i];
      if (topic !== NONE) perTopic[model.rootOf[topic]]++;
      const distance = (x - state.x) ** 2 + (y - state.y) ** 2;
      if (distance >= farthest) continue;
      nearestFirst.push([distance, i]);
      if (nearestFirst.length >= 400) {
        nearestFirst.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        nearestFirst.length = 50;
        farthest = nearestFirst[49][0];
      }
    }
  });
  nearestFirst.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const shown = nearestFirst.slice(0, 50);
  element("papers").replaceChildren(...shown.map(([, i]) => {
    const button = make("button", { type: "button" }, own(titleOf(i)));
    button.addEventListener("click", () => goToPaper(i));
    const link = address(i), detail = make("small");
    if (link) detail.append(make("a", { href: link, textContent: data.ids[i], target: "_blank", rel: "noopener noreferrer" }));
    else detail.append(own(data.ids[i]));
    const month = monthText(columns.month[i]);
    if (month) detail.append(" \u00b7 " + month);
    return make("li", {}, button, detail);
  }));
  let main = -1;
  perTopic.forEach((papers, topic) => { if (papers > (main < 0 ? 0 : perTopic[main])) main = topic; });
  const mostly = main < 0 ? [] : [", mostly ", own(facts.topics[main].label)];
  const first = visible > shown.length ? ` The ${shown.length} nearest to the middle:` : "";
  element("summary").replaceChildren(`${plural(visible, "paper")} in view`, ...mostly, "." + first);
}
