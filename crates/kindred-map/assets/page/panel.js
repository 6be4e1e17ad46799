// The panel: topics, search, months, the papers in view. All that the picture shows is here too.

const element = (id) => document.getElementById(id);

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
    const weak = columns.strength[i] < 77 ? " (loosely)" : "";
    const topic = columns.topic[i] === NONE ? "" : topicText(columns.topic[i]) + weak;
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
  if (data.topics[topic].papers) button.addEventListener("click", () => flyToTopic(topic));
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
  const chosen = palette();
  for (const [topic, button] of topicButtons) {
    const hue = data.topics[topic].hue;
    button.querySelector("i").style.background = hue === null ? chosen.rest : chosen.hues[hue];
  }
}

// --- search -------------------------------------------------------------------------------------

const folded = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
let haystack = null;

function search(text) {
  state.query = text;
  state.turn = -1;
  const words = folded(text).split(/\s+/).filter(Boolean);
  state.hits = [];
  state.topicHits = [];
  if (words.length) {
    if (!haystack) haystack = data.titles.map((title, i) => folded(data.ids[i] + " " + title));
    for (let i = 0; i < count; i++) if (words.every((word) => haystack[i].includes(word))) state.hits.push(i);
    data.topics.forEach((topic, t) => {
      const label = folded(topic.label);
      if (words.every((word) => label.includes(word))) state.topicHits.push(t);
    });
  }
  for (const [topic, button] of topicButtons) {
    const hit = state.topicHits.includes(topic);
    button.classList.toggle("hit", hit);
    if (hit && state.topicHits.length <= 40) revealTopic(topic);
  }
  sayHits();
  redraw();
}

function plural(number, word) {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

function sayHits() {
  if (!state.query.trim()) { element("hits").textContent = ""; return; }
  const shown = isFiltered() ? state.hits.filter(isShown).length : state.hits.length;
  const hidden = state.hits.length - shown;
  const parts = [plural(shown, "paper"), plural(state.topicHits.length, "topic")];
  if (hidden) parts.push(`${hidden} outside of the months`);
  const next = shown + state.topicHits.length ? ". Enter goes to the next one." : ".";
  element("hits").textContent = parts.join(", ") + next;
}

function nextHit(step) {
  const targets = [...state.topicHits.filter((t) => data.topics[t].papers).map((t) => [t, null]),
    ...state.hits.filter(isShown).map((i) => [null, i])];
  if (!targets.length) return;
  const start = state.turn < 0 ? (step > 0 ? -1 : 0) : state.turn;
  state.turn = (start + step + targets.length) % targets.length;
  const [topic, paper] = targets[state.turn];
  if (topic !== null) flyToTopic(topic); else flyToPaper(paper);
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
      if (event.target.value !== state.query) search(event.target.value);
      nextHit(event.shiftKey ? -1 : 1);
      event.preventDefault();
    } else if (event.key === "Escape") {
      event.target.value = "";
      search("");
    }
  });
}

// --- months -------------------------------------------------------------------------------------

function drawMonths() {
  if (bars.length < 2) return;
  const canvas = element("histogram"), ratio = Math.min(2, window.devicePixelRatio || 1);
  const w = canvas.clientWidth, h = canvas.clientHeight, most = Math.max(...bars);
  canvas.width = Math.round(w * ratio);
  canvas.height = Math.round(h * ratio);
  const context = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  context.scale(ratio, ratio);
  const width = w / bars.length;
  bars.forEach((value, k) => {
    const inside = months.first + k >= state.from && months.first + k <= state.to;
    const color = state.color === "year" ? css(colors[monthColors[k]]) : style.getPropertyValue("--accent");
    context.fillStyle = inside ? color : style.getPropertyValue("--line");
    const height = value ? Math.max(1.5, value / most * (h - 2)) : 0;
    context.fillRect(k * width, h - height, Math.max(1, width - (width > 4 ? 1 : 0)), height);
  });
  const whole = isFiltered() ? "" : ", all";
  element("span").textContent = `${monthText(state.from)} to ${monthText(state.to)}${whole}`;
}

let shadeTimer = 0;
function setMonths(from, to) {
  state.from = Math.max(months.first, Math.min(from, to));
  state.to = Math.min(months.last, Math.max(from, to));
  element("from").value = state.from;
  element("to").value = state.to;
  drawMonths();
  sayHits();
  clearTimeout(shadeTimer);
  shadeTimer = setTimeout(() => { makeShade(); redraw(); }, 120);
  redraw();
}

if (bars.length > 1) {
  element("months").hidden = false;
  for (const id of ["from", "to"]) {
    const slider = element(id);
    slider.min = months.first;
    slider.max = months.last;
    slider.addEventListener("input", () => {
      setMonths(Number(element("from").value), Number(element("to").value));
      slider.setAttribute("aria-valuetext", monthText(Number(slider.value)));
    });
  }
  const canvas = element("histogram");
  let start = null;
  const monthAt = (event) => {
    const box = canvas.getBoundingClientRect();
    const share = Math.max(0, Math.min(0.9999, (event.clientX - box.left) / box.width));
    return months.first + Math.floor(share * bars.length);
  };
  canvas.addEventListener("pointerdown", (event) => { start = monthAt(event); canvas.setPointerCapture(event.pointerId); setMonths(start, start); });
  canvas.addEventListener("pointermove", (event) => { if (start !== null) setMonths(start, monthAt(event)); });
  canvas.addEventListener("pointerup", () => { start = null; });
  canvas.addEventListener("pointercancel", () => { start = null; });
  canvas.addEventListener("dblclick", () => setMonths(months.first, months.last));
}

// --- papers in view -----------------------------------------------------------------------------

function listPapers() {
  const [left, top, right, bottom] = viewBox(0);
  const perTopic = new Uint32Array(data.topics.length);
  const nearestFirst = [];
  let visible = 0, farthest = Infinity;
  eachSlice(left, top, right, bottom, (from, to) => {
    for (let i = from; i < to; i++) {
      const x = placeX(i), y = placeY(i);
      if (x < left || x > right || y < top || y > bottom || !isShown(i)) continue;
      visible++;
      const topic = columns.topic[i];
      if (topic !== NONE) perTopic[topicPath(topic)[0]]++;
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
    button.addEventListener("click", () => flyToPaper(i));
    const link = address(i), detail = make("small");
    if (link) detail.append(make("a", { href: link, textContent: data.ids[i], target: "_blank", rel: "noopener noreferrer" }));
    else detail.append(own(data.ids[i]));
    const month = monthText(columns.month[i]);
    if (month) detail.append(" \u00b7 " + month);
    return make("li", {}, button, detail);
  }));
  let main = -1;
  perTopic.forEach((papers, topic) => { if (papers > (main < 0 ? 0 : perTopic[main])) main = topic; });
  const mostly = main < 0 ? [] : [", mostly ", own(data.topics[main].label)];
  const first = visible > shown.length ? ` The ${shown.length} nearest to the middle:` : "";
  element("summary").replaceChildren(`${plural(visible, "paper")} in view`, ...mostly, "." + first);
}
