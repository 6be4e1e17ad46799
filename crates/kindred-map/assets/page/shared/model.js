"use strict";
// Papers as columns in the order of a grid of 256 x 256 cells, row by row, so that the papers of
// neighbouring cells of a row are one slice. Nothing here touches the page.

const NONE = 65535;
const MARK = { none: 0, recent: 1, disliked: 2, liked: 3, query: 4 };

/**
 * @typedef {{x: Uint16Array, y: Uint16Array, topic: Uint16Array, month: Uint16Array,
 *   strength: Uint8Array, mark: Uint8Array}} Columns one entry a paper; strength is 0 to 15
 * @typedef {{id: number, label: string, parent: ?number, hue: ?number, papers: number, x: number,
 *   y: number, reach: number}} Topic
 */

/**
 * Reads a packed map; its layout is told where it is written, in `packed.rs`.
 * @param {ArrayBuffer} buffer
 * @returns {Columns}
 */
function unpack(buffer) {
  const view = new DataView(buffer), length = buffer.byteLength;
  if (length < 32 || view.getUint32(0, true) !== 0x50414d4b || view.getUint16(4, true) !== 1) {
    throw new Error("this is no packed map of version 1");
  }
  const start = view.getUint16(6, true), count = view.getUint32(8, true), marks = view.getUint32(12, true);
  if (length !== start + 8 * count + 4 * marks) {
    throw new Error(`a packed map of ${count} papers has ${length} bytes`);
  }
  const column = (number) => new Uint16Array(buffer, start + 2 * count * number, count);
  const packed = column(3), month = new Uint16Array(count), strength = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    month[i] = packed[i] & 4095;
    strength[i] = packed[i] >> 12;
  }
  const mark = new Uint8Array(count);
  for (const word of new Uint32Array(buffer, start + 8 * count, marks)) mark[word & 0xfffffff] = word >>> 28;
  return { x: column(0), y: column(1), topic: column(2), month, strength, mark };
}

/** @param {number} month @returns {string} such as `2026-11`, nothing for 0 */
function monthText(month) {
  if (!month) return "";
  return Math.floor((month - 1) / 12) + 1900 + "-" + String((month - 1) % 12 + 1).padStart(2, "0");
}

/** @param {string} text @returns {number} 0 if it is no month */
function monthNumber(text) {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text) || [];
  return year ? (Number(year) - 1900) * 12 + Number(month) : 0;
}

/** Whether a fragment says what is shown; others lead to a part of the page. */
function isAddress(hash) {
  return hash.length < 2 || /[,=]/.test(hash);
}

/** @param {number} number @param {string} word */
function plural(number, word) {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

/**
 * The papers, what is in view of them, and the geometry of both.
 * @param {{extent: number[], topics: Topic[], labels: object[], palettes: object, line: number}} facts
 * @param {Columns} columns
 */
function makeModel(facts, columns) {
  const { x, y, topic, month, mark } = columns, count = x.length;

  // starts[c] is the first paper of cell c.
  const starts = new Uint32Array(65537);
  for (let i = 0; i < count; i++) starts[(y[i] & 0xff00) + (x[i] >> 8) + 1]++;
  for (let c = 0; c < 65536; c++) starts[c + 1] += starts[c];

  // Papers with marks; of those that overlap the more important ones lie above.
  const marked = [];
  for (let i = 0; i < count; i++) if (mark[i]) marked.push(i);
  const sortMarked = () => marked.sort((a, b) => mark[a] - mark[b] || a - b);
  sortMarked();

  /** Gives a paper another mark. */
  function setMark(i, kind) {
    const at = marked.indexOf(i);
    if (at >= 0) marked.splice(at, 1);
    mark[i] = kind;
    if (kind) marked.push(i);
    sortMarked();
  }

  let first = NONE, last = 0;
  for (let i = 0; i < count; i++) {
    if (month[i] && month[i] < first) first = month[i];
    if (month[i] > last) last = month[i];
  }
  const months = last ? { first, last } : null;
  // Papers of each month from the first to the last.
  const bars = new Uint32Array(months ? last - first + 1 : 0);
  for (let i = 0; i < count; i++) if (month[i]) bars[month[i] - first]++;

  const state = {
    x: 0.5, y: 0.5, scale: 600,          // middle of the screen in the unit square; pixels of its side
    width: 800, height: 600,             // of the map on the screen
    covered: { top: 0, bottom: 40 },     // pixels of it that other things lie on
    from: months ? first : 0, to: last,
    hover: -1, pinned: -1,
    hits: new Uint32Array(0),
    /** @type {?Uint8Array} one for each selected paper */ selected: null, selectedCount: 0,
    /** @type {?number[]} corners in the unit square, x and y in turn */ outline: null,
  };

  const placeX = (i) => (x[i] + 0.5) / 65536;
  const placeY = (i) => (y[i] + 0.5) / 65536;
  const screenX = (at) => (at - state.x) * state.scale + state.width / 2;
  const screenY = (at) => (at - state.y) * state.scale + state.height / 2;
  const worldX = (at) => (at - state.width / 2) / state.scale + state.x;
  const worldY = (at) => (at - state.height / 2) / state.scale + state.y;

  const isFiltered = () => months !== null && (state.from > first || state.to < last);
  const isShown = (i) => !isFiltered() || (month[i] >= state.from && month[i] <= state.to);

  /** Topics from the coarsest to this one. */
  function topicPath(number) {
    const path = [];
    for (let t = number; t !== NONE && t !== null && t !== undefined; t = facts.topics[t].parent) path.unshift(t);
    return path;
  }
  const topicText = (number) => topicPath(number).map((t) => facts.topics[t].label).join(" \u203a ");

  // The coarsest topic above each one.
  const rootOf = facts.topics.map((_, t) => topicPath(t)[0]);

  /** The scale at which all papers are on the screen, with some space around them. */
  function fitScale() {
    const space = Math.min(72, state.width / 8);
    const across = (state.width - space) / Math.max(facts.extent[0], 0.05);
    const down = (state.height - space - state.covered.top - state.covered.bottom) / Math.max(facts.extent[1], 0.05);
    return Math.max(40, Math.min(across, down));
  }
  /** From where all papers are seen, in the middle of what is not covered. */
  function home() {
    const scale = fitScale();
    return { x: 0.5, y: 0.5 + (state.covered.bottom - state.covered.top) / 2 / scale, scale };
  }

  const cell = (at) => Math.max(0, Math.min(255, Math.floor(at * 256)));

  /** Calls `visit(from, to, row)` for each slice of papers that may lie in a box of the unit square. */
  function eachSlice(left, top, right, bottom, visit) {
    if (right < 0 || bottom < 0 || left > 1 || top > 1) return;
    const c0 = cell(left), c1 = cell(right);
    for (let row = cell(top), end = cell(bottom); row <= end; row++) {
      const from = starts[row * 256 + c0], to = starts[row * 256 + c1 + 1];
      if (to > from) visit(from, to, row);
    }
  }

  /** The shown paper nearest to a pixel, -1 if none is within reach. */
  function nearest(px, py, reach) {
    const wx = worldX(px), wy = worldY(py), r = reach / state.scale;
    let best = -1, least = r * r;
    eachSlice(wx - r, wy - r, wx + r, wy + r, (from, to) => {
      for (let i = from; i < to; i++) {
        const dx = placeX(i) - wx, dy = placeY(i) - wy, d = dx * dx + dy * dy;
        if (d < least && isShown(i)) { least = d; best = i; }
      }
    });
    return best;
  }

  return {
    facts, columns, count, starts, marked, months, bars, state, rootOf,
    placeX, placeY, screenX, screenY, worldX, worldY, isFiltered, isShown,
    setMark, topicPath, topicText, fitScale, home, mostScale: () => fitScale() * 400, cell, eachSlice, nearest,
  };
}
