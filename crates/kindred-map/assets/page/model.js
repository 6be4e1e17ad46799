"use strict";
// The data of the page and what is derived from it. Papers are in the order of a grid of 256 x 256
// cells, row by row, so the papers of a row of cells are one slice.

const data = JSON.parse(document.getElementById("map-data").textContent);
const count = data.count;
const NONE = 65535;
const MARK = { none: 0, recent: 1, disliked: 2, liked: 3, query: 4 };

const columns = (() => {
  const text = atob(data.columns);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  const words = (from) => {
    const values = new Uint16Array(count);
    for (let i = 0; i < count; i++) values[i] = view.getUint16(from + 2 * i, true);
    return values;
  };
  return {
    x: words(0), y: words(2 * count), topic: words(4 * count), month: words(6 * count),
    mark: bytes.subarray(8 * count, 9 * count), strength: bytes.subarray(9 * count, 10 * count),
  };
})();

// starts[c] is the first paper of cell c.
const starts = (() => {
  const starts = new Uint32Array(65537);
  for (let i = 0; i < count; i++) starts[(columns.y[i] >> 8) * 256 + (columns.x[i] >> 8) + 1]++;
  for (let c = 0; c < 65536; c++) starts[c + 1] += starts[c];
  return starts;
})();

const marked = [];
for (let i = 0; i < count; i++) if (columns.mark[i]) marked.push(i);
marked.sort((a, b) => columns.mark[a] - columns.mark[b] || a - b);

const months = (() => {
  let first = 65535, last = 0;
  for (let i = 0; i < count; i++) {
    const month = columns.month[i];
    if (month) { first = Math.min(first, month); last = Math.max(last, month); }
  }
  return last ? { first, last } : null;
})();

// Papers of each month from the first to the last.
const bars = (() => {
  if (!months) return [];
  const bars = new Array(months.last - months.first + 1).fill(0);
  for (let i = 0; i < count; i++) if (columns.month[i]) bars[columns.month[i] - months.first]++;
  return bars;
})();

const state = {
  x: 0.5, y: 0.5, scale: 600,            // middle of the screen in the unit square; pixels of its side
  width: 800, height: 600,               // of the map on screen
  from: months ? months.first : 0, to: months ? months.last : 0,
  color: "topic",
  query: "", hits: [], isHit: new Uint8Array(count), topicHits: [], turn: -1,
  hover: -1, pinned: -1,
};

const placeX = (i) => (columns.x[i] + 0.5) / 65536;
const placeY = (i) => (columns.y[i] + 0.5) / 65536;
const screenX = (x) => (x - state.x) * state.scale + state.width / 2;
const screenY = (y) => (y - state.y) * state.scale + state.height / 2;

const isFiltered = () => months !== null && (state.from > months.first || state.to < months.last);
const isShown = (i) => !isFiltered() || (columns.month[i] >= state.from && columns.month[i] <= state.to);

function monthText(month) {
  if (!month) return "";
  const year = 1900 + Math.floor((month - 1) / 12);
  return year + "-" + String((month - 1) % 12 + 1).padStart(2, "0");
}

function topicPath(topic) {
  const path = [];
  for (let t = topic; t !== NONE && t !== null && t !== undefined; t = data.topics[t].parent) path.unshift(t);
  return path;
}

const topicText = (topic) => topicPath(topic).map((t) => data.topics[t].label).join(" \u203a ");

// The address of a paper: its own, or that of its arXiv id or DOI.
function address(i) {
  if (data.urls[i] !== undefined) return data.urls[i];
  const id = data.ids[i].replace(/^arxiv:/i, "");
  if (/^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?\/\d{7})(v\d+)?$/.test(id)) return "https://arxiv.org/abs/" + id;
  const doi = data.ids[i].replace(/^doi:/i, "");
  if (/^10\.\d{4,9}\/\S+$/.test(doi)) return "https://doi.org/" + encodeURI(doi).replace(/[?#]/g, encodeURIComponent);
  return null;
}

// Scale at which all papers are on the screen, with some space around them.
function fitScale() {
  const space = Math.min(72, state.width / 8);
  const across = (state.width - space) / Math.max(data.extent[0], 0.05);
  const down = (state.height - space - 40) / Math.max(data.extent[1], 0.05);
  return Math.max(40, Math.min(across, down));
}
const mostScale = () => fitScale() * 400;

// Calls visit(from, to) for each slice of papers that may lie in a box of the unit square.
function eachSlice(left, top, right, bottom, visit) {
  const cell = (value) => Math.max(0, Math.min(255, Math.floor(value * 256)));
  if (right < 0 || bottom < 0 || left > 1 || top > 1) return;
  const [c0, c1] = [cell(left), cell(right)];
  for (let row = cell(top), end = cell(bottom); row <= end; row++) {
    const from = starts[row * 256 + c0], to = starts[row * 256 + c1 + 1];
    if (to > from) visit(from, to);
  }
}

function viewBox(margin) {
  const w = (state.width / 2 + margin) / state.scale, h = (state.height / 2 + margin) / state.scale;
  return [state.x - w, state.y - h, state.x + w, state.y + h];
}

// The shown paper nearest to a pixel, -1 if none is within reach.
function nearest(px, py, reach) {
  const x = (px - state.width / 2) / state.scale + state.x;
  const y = (py - state.height / 2) / state.scale + state.y;
  const r = reach / state.scale;
  let best = -1, least = r * r;
  eachSlice(x - r, y - r, x + r, y + r, (from, to) => {
    for (let i = from; i < to; i++) {
      const dx = placeX(i) - x, dy = placeY(i) - y;
      const d = dx * dx + dy * dy;
      if (d < least && isShown(i)) { least = d; best = i; }
    }
  });
  return best;
}

const isDark = () => {
  const theme = document.documentElement.dataset.theme;
  if (theme === "dark" || theme === "light") return theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
};
const palette = () => (isDark() ? data.palettes.dark : data.palettes.light);
