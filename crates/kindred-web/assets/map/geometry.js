// Which papers lie inside of a closed line, and which of those in view come first. Nothing here
// touches the page.

/**
 * Marks the shown papers inside of a closed line that may cross itself (winding number not zero).
 * Cells that the line does not touch are wholly inside or outside, so few papers are looked at.
 * @param {ReturnType<typeof makeModel>} model
 * @param {ArrayLike<number>} corners in the unit square, x and y in turn
 * @param {Uint8Array} out 1 for each paper inside, 0 for the others
 * @returns {number} how many are inside
 */
function selectInside(model, corners, out) {
  const { starts, placeX, placeY, isShown, cell } = model;
  out.fill(0);
  const edges = corners.length >> 1;
  let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
  for (let k = 0; k < 2 * edges; k += 2) {
    left = Math.min(left, corners[k]); right = Math.max(right, corners[k]);
    top = Math.min(top, corners[k + 1]); bottom = Math.max(bottom, corners[k + 1]);
  }
  if (edges < 3 || right < 0 || bottom < 0 || left > 1 || top > 1) return 0;
  const lines = new Float64Array(4 * edges), touched = new Uint8Array(256);
  let used = 0, count = 0;

  // Only edges of this row of cells are in `lines`; others do not cross the height of a paper in it.
  function isInside(x, y) {
    let winding = 0;
    for (let k = 0; k < used; k += 4) {
      const x1 = lines[k], y1 = lines[k + 1], x2 = lines[k + 2], y2 = lines[k + 3];
      if ((y1 <= y) === (y2 <= y)) continue;
      const side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1);
      if (y1 <= y) { if (side > 0) winding++; } else if (side < 0) winding--;
    }
    return winding !== 0;
  }

  const c0 = cell(left), c1 = cell(right);
  for (let row = cell(top), end = cell(bottom); row <= end; row++) {
    if (starts[row * 256 + c0] === starts[row * 256 + c1 + 1]) continue;
    const high = row / 256, low = (row + 1) / 256;
    used = 0;
    touched.fill(0);
    for (let k = 0; k < edges; k++) {
      const next = (k + 1) % edges;
      const x1 = corners[2 * k], y1 = corners[2 * k + 1], x2 = corners[2 * next], y2 = corners[2 * next + 1];
      if (Math.max(y1, y2) < high || Math.min(y1, y2) > low) continue;
      lines[used] = x1; lines[used + 1] = y1; lines[used + 2] = x2; lines[used + 3] = y2;
      used += 4;
      // What of the edge lies in the row.
      const at = (y) => x1 + (x2 - x1) * Math.max(0, Math.min(1, y1 === y2 ? 0 : (y - y1) / (y2 - y1)));
      const a = y1 === y2 ? x1 : at(high), b = y1 === y2 ? x2 : at(low);
      for (let c = cell(Math.min(a, b) - 1e-9), last = cell(Math.max(a, b) + 1e-9); c <= last; c++) touched[c] = 1;
    }
    for (let c = c0; c <= c1; c++) {
      const from = starts[row * 256 + c], to = starts[row * 256 + c + 1];
      if (from === to || !touched[c] && !isInside((c + 0.5) / 256, (row + 0.5) / 256)) continue;
      for (let i = from; i < to; i++) {
        if (!isShown(i) || touched[c] && !isInside(placeX(i), placeY(i))) continue;
        out[i] = 1;
        count++;
      }
    }
  }
  return count;
}

/**
 * Marks the shown papers of a topic and of those below it.
 * @returns {number} how many there are
 */
function selectTopic(model, topic, out) {
  const { facts, columns, count, isShown } = model;
  const isBelow = facts.topics.map((_, t) => model.topicPath(t).includes(topic));
  let found = 0;
  for (let i = 0; i < count; i++) {
    out[i] = columns.topic[i] !== NONE && isBelow[columns.topic[i]] && isShown(i) ? 1 : 0;
    found += out[i];
  }
  return found;
}

/** The box around what is marked, nothing if nothing is. */
function boxOf(model, marks) {
  let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
  for (let i = 0; i < model.count; i++) {
    if (!marks[i]) continue;
    const x = model.placeX(i), y = model.placeY(i);
    left = Math.min(left, x); right = Math.max(right, x);
    top = Math.min(top, y); bottom = Math.max(bottom, y);
  }
  return left > right ? null : [left, top, right, bottom];
}

/**
 * Counts papers, by their coarsest topics too, and finds the first of them: those of the greatest
 * key, then those nearest to a place, then by number.
 * @param {ReturnType<typeof makeModel>} model
 * @param {{from: number[], near: number[], key: Uint8Array, limit: number, marks: ?Uint8Array}} wanted
 *   `from` is a box of the unit square; with `marks` only what they mark
 * @returns {{count: number, first: number[], topic: number}} `topic` has the most of them, -1 for none
 */
function firstOf(model, { from: [left, top, right, bottom], near, key, limit, marks }) {
  const { columns, facts, rootOf, placeX, placeY, isShown } = model;
  const perTopic = new Uint32Array(facts.topics.length), perKey = new Uint32Array(256);
  const each = (visit) => model.eachSlice(left, top, right, bottom, (start, end) => {
    for (let i = start; i < end; i++) {
      if (marks && !marks[i] || !isShown(i)) continue;
      const x = placeX(i), y = placeY(i);
      if (x >= left && x <= right && y >= top && y <= bottom) visit(i, x, y);
    }
  });
  let count = 0;
  each((i) => {
    count++;
    perKey[key[i]]++;
    if (columns.topic[i] !== NONE) perTopic[rootOf[columns.topic[i]]]++;
  });
  // Papers of smaller keys than `least` are not among the first.
  let least = 255, above = 0;
  while (least > 0 && above + perKey[least] < limit) above += perKey[least--];
  const order = (a, b) => key[b[0]] - key[a[0]] || a[1] - b[1] || a[0] - b[0];
  let found = [];
  each((i, x, y) => {
    if (key[i] < least) return;
    found.push([i, (x - near[0]) ** 2 + (y - near[1]) ** 2]);
    if (found.length >= 4096 + 4 * limit) found = found.sort(order).slice(0, limit);
  });
  found.sort(order);
  let topic = -1;
  perTopic.forEach((papers, t) => { if (papers > (topic < 0 ? 0 : perTopic[topic])) topic = t; });
  return { count, first: found.slice(0, limit).map(([i]) => i), topic };
}
