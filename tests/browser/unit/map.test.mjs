// The parts of the map that touch no page: `node --test tests/browser/unit`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../../crates/", import.meta.url);
const source = ["kindred-map/assets/page/shared/model.js", "kindred-map/assets/page/shared/view.js", "kindred-web/assets/map/geometry.js", "kindred-web/assets/map/address.js", "kindred-web/assets/map/sets.js"]
  .map((file) => readFileSync(new URL(file, root), "utf8")).join("\n");
const names = ["unpack", "makeModel", "monthText", "monthNumber", "selectInside", "selectTopic", "boxOf", "firstOf", "writeAddress", "readAddress", "isAddress", "makeView", "setName", "makeRatings", "NONE", "MARK"];
const map = new Function(`${source}\nreturn { ${names.join(", ")} };`)();

/** Numbers from 0 to 1 that are the same in each run. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** Packs papers `[x, y, topic, month, strength, mark]` as the server does. */
function packed(papers) {
  const sorted = papers.map((paper, n) => [(paper[1] >> 8) * 256 + (paper[0] >> 8), n]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const rows = sorted.map(([, n]) => papers[n]), n = rows.length, marks = rows.flatMap((row, i) => (row[5] ? [[i, row[5]]] : []));
  const view = new DataView(new ArrayBuffer(32 + 8 * n + 4 * marks.length));
  view.setUint32(0, 0x50414d4b, true); view.setUint16(4, 1, true); view.setUint16(6, 32, true);
  view.setUint32(8, n, true); view.setUint32(12, marks.length, true);
  rows.forEach((row, i) => {
    view.setUint16(32 + 2 * i, row[0], true);
    view.setUint16(32 + 2 * (n + i), row[1], true);
    view.setUint16(32 + 2 * (2 * n + i), row[2], true);
    view.setUint16(32 + 2 * (3 * n + i), row[3] | row[4] << 12, true);
  });
  marks.forEach(([i, mark], k) => view.setUint32(32 + 8 * n + 4 * k, (i | mark << 28) >>> 0, true));
  return view.buffer;
}

const topic = (id, parent) => ({ id, label: `topic ${id}`, parent, hue: null, papers: 1, x: 0.5, y: 0.5, reach: 0.1 });
const facts = { extent: [1, 1], topics: [topic(10, null), topic(11, 0), topic(12, null)], labels: [], palettes: {}, line: 1.2 };

function modelOf(count, seed = 1) {
  const random = randomFrom(seed), whole = (below) => Math.floor(random() * below);
  const papers = Array.from({ length: count }, () =>
    [whole(65536), whole(65536), [0, 1, 2, map.NONE][whole(4)], 1400 + whole(24), whole(16), whole(50) ? 0 : 1 + whole(4)]);
  return map.makeModel(facts, map.unpack(packed(papers)));
}

test("a packed map is read back, marks with it", () => {
  const buffer = packed([[300, 200, 1, 1523, 15, 0], [256, 255, 0, 0, 3, 3], [10, 700, map.NONE, 4095, 0, 4]]);
  const columns = map.unpack(buffer);
  assert.deepEqual([...columns.x], [300, 256, 10]);
  assert.deepEqual([...columns.y], [200, 255, 700]);
  assert.deepEqual([...columns.topic], [1, 0, map.NONE]);
  assert.deepEqual([...columns.month], [1523, 0, 4095]);
  assert.deepEqual([...columns.strength], [15, 3, 0]);
  assert.deepEqual([...columns.mark], [0, map.MARK.liked, map.MARK.query]);
});

test("what is no packed map, or is cut, is refused", () => {
  const whole = packed([[1, 2, 0, 1, 1, 1]]);
  for (const wrong of [new ArrayBuffer(0), new ArrayBuffer(64), whole.slice(0, whole.byteLength - 1)]) {
    assert.throws(() => map.unpack(wrong), Error);
  }
});

test("months are written and read", () => {
  assert.equal(map.monthText(map.monthNumber("2026-11")), "2026-11");
  assert.equal(map.monthText(1), "1900-01");
  for (const wrong of ["", "2026", "2026-13", "2026-00", "x2026-11"]) assert.equal(map.monthNumber(wrong), 0);
});

test("slices of a box hold every paper in it, each once", () => {
  const model = modelOf(5000);
  const seen = new Uint8Array(model.count);
  model.eachSlice(0.2, 0.3, 0.6, 0.45, (from, to) => { for (let i = from; i < to; i++) seen[i]++; });
  for (let i = 0; i < model.count; i++) {
    const x = model.placeX(i), y = model.placeY(i);
    if (x >= 0.2 && x <= 0.6 && y >= 0.3 && y <= 0.45) assert.equal(seen[i], 1);
    assert.ok(seen[i] <= 1);
  }
});

test("the nearest paper is the nearest of all", () => {
  const model = modelOf(2000), random = randomFrom(9);
  for (let turn = 0; turn < 200; turn++) {
    const px = random() * 800, py = random() * 600;
    const distance = (i) => Math.hypot(model.screenX(model.placeX(i)) - px, model.screenY(model.placeY(i)) - py);
    let best = -1;
    for (let i = 0; i < model.count; i++) if (distance(i) < (best < 0 ? 12 : distance(best))) best = i;
    const found = model.nearest(px, py, 12);
    assert.equal(found < 0, best < 0);
    if (best >= 0) assert.equal(distance(found), distance(best));
  }
});

/** Winding number, one paper and one edge at a time. */
function winds(corners, x, y) {
  let winding = 0;
  for (let k = 0; k < corners.length; k += 2) {
    const [x1, y1] = [corners[k], corners[k + 1]], [x2, y2] = [corners[(k + 2) % corners.length], corners[(k + 3) % corners.length]];
    const side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1);
    if (y1 <= y && y2 > y && side > 0) winding++;
    if (y1 > y && y2 <= y && side < 0) winding--;
  }
  return winding !== 0;
}

test("a lasso takes exactly the papers that it winds around", () => {
  const model = modelOf(6000), random = randomFrom(3), out = new Uint8Array(model.count);
  for (let turn = 0; turn < 60; turn++) {
    const corners = Array.from({ length: 2 * (3 + Math.floor(random() * 40)) }, () => random() * 1.4 - 0.2);
    const found = map.selectInside(model, corners, out);
    let expected = 0;
    for (let i = 0; i < model.count; i++) {
      const isIn = winds(corners, model.placeX(i), model.placeY(i));
      assert.equal(out[i] === 1, isIn, `turn ${turn}, paper ${i}`);
      expected += isIn ? 1 : 0;
    }
    assert.equal(found, expected);
  }
});

test("a lasso takes no paper of other months, and none where it has no inside", () => {
  const model = modelOf(3000), out = new Uint8Array(model.count), all = [-1, -1, 2, -1, 2, 2, -1, 2];
  assert.equal(map.selectInside(model, all, out), 3000);
  model.state.from = model.months.first + 3;
  const found = map.selectInside(model, all, out);
  assert.ok(found > 0 && found < 3000);
  for (let i = 0; i < model.count; i++) assert.equal(out[i] === 1, model.columns.month[i] >= model.state.from);
  assert.equal(map.selectInside(model, [0.1, 0.1, 0.9, 0.9], out), 0);
  assert.equal(map.selectInside(model, [2, 2, 3, 2, 3, 3], out), 0);
});

test("a topic is selected with those below it", () => {
  const model = modelOf(2000), out = new Uint8Array(model.count);
  const found = map.selectTopic(model, 0, out);
  let expected = 0;
  for (let i = 0; i < model.count; i++) {
    const isIn = model.columns.topic[i] < 2;
    assert.equal(out[i] === 1, isIn);
    expected += isIn ? 1 : 0;
  }
  assert.equal(found, expected);
  assert.equal(map.boxOf(model, new Uint8Array(model.count)), null);
});

test("the first papers are those of the greatest key, then the nearest", () => {
  const model = modelOf(20000), near = [0.4, 0.6], box = [0.1, 0.2, 0.8, 0.9];
  const key = Uint8Array.from(model.columns.strength, (value) => value * 3);
  const inside = [];
  for (let i = 0; i < model.count; i++) {
    const x = model.placeX(i), y = model.placeY(i);
    if (x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]) inside.push([i, (x - near[0]) ** 2 + (y - near[1]) ** 2]);
  }
  inside.sort((a, b) => key[b[0]] - key[a[0]] || a[1] - b[1] || a[0] - b[0]);
  for (const limit of [1, 50, 1000, 30000]) {
    const found = map.firstOf(model, { from: box, near, key, limit, marks: null });
    assert.equal(found.count, inside.length);
    assert.deepEqual(found.first, inside.slice(0, limit).map(([i]) => i));
  }
  assert.deepEqual(map.firstOf(model, { from: [2, 2, 3, 3], near, key, limit: 5, marks: null }), { count: 0, first: [], topic: -1 });
});

test("an address comes back as it was written", () => {
  const address = { isPlaced: true, x: 0.1234, y: 0.9, zoom: 12.5, by: "score", set: "my; set=1 & more", from: "2020-01", to: "2024-12", topic: 12, query: "graph #1, 100 %", paper: "hep-th/9901001" };
  assert.deepEqual(map.readAddress(map.writeAddress(address)), address);
  const plain = map.readAddress("");
  assert.equal(map.writeAddress(plain), "#0.5000,0.5000,1.00");
  assert.deepEqual(map.readAddress(map.writeAddress(plain)), { ...plain, isPlaced: true });
});

test("a hostile address is read as far as it makes sense", () => {
  const found = map.readAddress("#NaN,1e9,;t=-1;t=1e3;by=javascript;from=2020-99;set=%E0%A4%A;x;=;paper=<b>");
  assert.deepEqual(found, { ...map.readAddress(""), paper: "<b>" });
  const far = map.readAddress("#99,-99,1e30");
  assert.deepEqual([far.x, far.y, far.zoom], [1.1, -0.1, 400]);
});

test("fragments that lead to a part of the page are no address", () => {
  for (const hash of ["", "#", "#0.5,0.5,1.00", "#by=year", "#x=0.5&y=0.5", "#paper=2601.90001"]) assert.ok(map.isAddress(hash), hash);
  for (const hash of ["#main", "#panel"]) assert.ok(!map.isAddress(hash), hash);
});

test("all papers are seen between what covers the map above and below", () => {
  const model = modelOf(10), { state } = model;
  for (const [width, height] of [[800, 600], [390, 640], [1600, 500]]) {
    for (const covered of [{ top: 0, bottom: 0 }, { top: 60, bottom: 20 }, { top: 10, bottom: 120 }]) {
      Object.assign(state, { width, height, covered });
      Object.assign(state, model.home());
      const [left, top, right, bottom] = [model.screenX(0), model.screenY(0), model.screenX(1), model.screenY(1)];
      assert.ok(left >= 0 && right <= width && top >= covered.top && bottom <= height - covered.bottom, JSON.stringify({ width, height, covered, left, top, right, bottom }));
      assert.ok(Math.abs((left + right) / 2 - width / 2) < 1e-9, "in the middle across");
      assert.ok(Math.abs((top + bottom) / 2 - (covered.top + height - covered.bottom) / 2) < 1e-9, "in the middle of what is free");
    }
  }
});

test("a move ends a flight", () => {
  const asked = new Map();
  let number = 0;
  globalThis.matchMedia = () => ({ matches: false });
  globalThis.requestAnimationFrame = (act) => { asked.set(++number, act); return number; };
  globalThis.cancelAnimationFrame = (at) => asked.delete(at);
  const model = modelOf(10), view = map.makeView(model, { redraw() {}, drawNow() {} });
  view.flyTo(0.2, 0.2, 5000);
  assert.ok(view.isFlying() && asked.size === 1);
  view.move(30, 0);
  assert.ok(!view.isFlying() && asked.size === 0);
});

test("names of sets are such as the server takes", () => {
  assert.equal(map.setName("Graph learning: a survey"), "graph-learning-a-survey");
  assert.equal(map.setName("  (quantum) "), "quantum");
  assert.equal(map.setName("\u2026"), "");
  for (const label of ["\u91cf\u5b50\u529b\u5b66".repeat(20), "\u{1d538}".repeat(60), "a ".repeat(60), "x".repeat(200)]) {
    const name = map.setName(label);
    assert.ok(Buffer.byteLength(name) <= 64 && Buffer.byteLength(name) > 30, `${name}: ${Buffer.byteLength(name)} bytes`);
    assert.match(name, /^[\p{L}\p{N}][\p{L}\p{N}-]*[\p{L}\p{N}]$/u);
  }
});

test("a mark is that of any set, and what a set says is its own", () => {
  const { none, recent, disliked, liked } = map.MARK;
  const marks = Uint8Array.of(recent, none, none, none, none);
  const ratings = map.makeRatings(marks, { own: { liked: [3], disliked: [1] }, others: { liked: [1, 2, 3], disliked: [4] } });
  assert.deepEqual([...marks], [recent, liked, liked, liked, disliked]);
  assert.deepEqual([0, 1, 2, 3, 4].map(ratings.own), [none, disliked, none, liked, none]);
  assert.equal(ratings.rate(3, true, none), liked, "another set likes it");
  assert.equal(ratings.own(3), none);
  assert.equal(ratings.rate(4, true, liked), liked);
  assert.equal(ratings.rate(4, true, none), disliked);
  assert.equal(ratings.rate(0, true, disliked), disliked);
  assert.equal(ratings.rate(0, true, none), recent, "it came lately all the same");
  assert.equal(ratings.rate(0, false, liked), liked);
  assert.equal(ratings.own(0), none);
});
