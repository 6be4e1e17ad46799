// The papers themselves. Where they are many, a count at each pixel is mapped to opacity by its
// logarithm; where they are few, each is a disc. Discs cover a fourteenth of the screen together, so a
// frame costs by the size of the screen. Frames allocate nothing.

const MOST_RADIUS = 6.5;

/**
 * @param {ReturnType<typeof makeModel>} model
 * @param {ReturnType<typeof makePaint>} paint
 * @param {HTMLCanvasElement} canvas
 */
function makePapers(model, paint, canvas) {
  const { columns, starts, months, bars, state, cell, isFiltered } = model;
  const { x, y, month, strength } = columns;
  const context = canvas.getContext("2d");
  const tone = new Uint32Array(1024);
  let w = 0, h = 0, ratio = 1;           // pixels of the canvas, and how many are one of the page
  let image = null, pixels = null, bytes = null, counts = null, last = null;
  let keptScale = 0, keptRadius = 0;

  function resize(fineness) {
    const width = Math.max(1, Math.round(state.width * fineness));
    const height = Math.max(1, Math.round(state.height * fineness));
    ratio = fineness;
    if (w === width && h === height) return;
    canvas.width = w = width;
    canvas.height = h = height;
    image = context.createImageData(w, h);
    bytes = image.data;
    pixels = new Uint32Array(bytes.buffer);
    counts = new Uint16Array(w * h);
    last = new Uint8Array(w * h);
  }

  /** Draws all papers in view; returns the radius of their discs in pixels of the page. */
  function draw() {
    const acrossHalf = (state.width / 2 + 8) / state.scale, downHalf = (state.height / 2 + 8) / state.scale;
    const isAway = Math.abs(state.x - 0.5) > acrossHalf + 0.5 || Math.abs(state.y - 0.5) > downHalf + 0.5;
    const c0 = cell(state.x - acrossHalf), c1 = cell(state.x + acrossHalf) + 1;
    const r0 = cell(state.y - downHalf), r1 = isAway ? -1 : cell(state.y + downHalf);
    let visible = 0;
    for (let row = r0; row <= r1; row++) visible += starts[row * 256 + c1] - starts[row * 256 + c0];
    if (isFiltered()) visible *= shownShare();
    const share = Math.sqrt(0.07 * w * h / Math.max(1, visible) / Math.PI);
    let radius = Math.min(MOST_RADIUS * ratio, Math.round(share * 4) / 4);
    // While the map is only moved, discs keep their size unless far more or fewer come into view.
    const before = keptRadius * ratio;
    if (keptScale === state.scale && before > radius * 0.6 && before < radius * 1.6) radius = Math.round(before * 4) / 4;
    keptScale = state.scale;
    keptRadius = radius / ratio;
    const isPlane = radius < 1.2;
    // Stamps of 2 x 2 pixels where single ones would be dust, and on fine screens.
    const isWide = radius >= 0.8 || ratio > 1.5;
    if (isPlane) counts.fill(0); else pixels.fill(0);
    const stamp = isPlane ? null : disc(radius);
    // What is selected lies above what is not.
    const passes = state.selected ? 2 : 1;
    for (let pass = 0; pass < passes; pass++) {
      const skipped = passes === 1 ? 255 : pass === 0 ? 0 : FADED;
      for (let row = r0; row <= r1; row++) {
        const from = starts[row * 256 + c0], to = starts[row * 256 + c1];
        if (from === to) continue;
        if (isPlane) countSlice(from, to, isWide, skipped); else discSlice(from, to, stamp, skipped);
      }
    }
    if (isPlane) mapTones(visible, isWide);
    context.putImageData(image, 0, 0);
    return radius / ratio;
  }

  /** The share of all papers that are of the months shown. */
  function shownShare() {
    let shown = 0, all = 0;
    for (let k = 0; k < bars.length; k++) {
      all += bars[k];
      if (months.first + k >= state.from && months.first + k <= state.to) shown += bars[k];
    }
    return shown / all;
  }

  // Colours whose bit of fading is `skipped` are left out; none has the bits 255.
  function countSlice(from, to, isWide, skipped) {
    const scale = state.scale * ratio / 65536;
    const left = (state.width / 2 - state.x * state.scale) * ratio + scale / 2 - (isWide ? 0.5 : 0);
    const top = (state.height / 2 - state.y * state.scale) * ratio + scale / 2 - (isWide ? 0.5 : 0);
    const of = paint.of, right = w - 1, bottom = h - 1;
    const isAll = !isFiltered(), low = state.from, high = state.to;
    for (let i = from; i < to; i++) {
      if ((of[i] & FADED) === skipped || !isAll && (month[i] < low || month[i] > high)) continue;
      const px = Math.floor(x[i] * scale + left), py = Math.floor(y[i] * scale + top);
      if (px < 0 || py < 0 || px >= right || py >= bottom) continue;
      const at = py * w + px, color = of[i];
      counts[at]++; last[at] = color;
      if (isWide) {
        counts[at + 1]++; last[at + 1] = color;
        counts[at + w]++; last[at + w] = color;
        counts[at + w + 1]++; last[at + w + 1] = color;
      }
    }
  }

  function mapTones(visible, isWide) {
    const flat = paint.flat;
    const most = Math.log1p(Math.max(6, 24 * visible * (isWide ? 4 : 1) / (w * h)));
    for (let c = 1; c < 1024; c++) {
      tone[c] = Math.min(255, Math.round(96 + 159 * Math.log1p(c - 1) / most)) << 24 >>> 0;
    }
    for (let at = 0, end = w * h; at < end; at++) {
      const c = counts[at];
      pixels[at] = c === 0 ? 0 : (tone[c > 1023 ? 1023 : c] | flat[last[at]]) >>> 0;
    }
  }

  // Discs are made once for each radius, at sixteen places within a pixel, so that they glide.
  const discs = new Map();
  function disc(radius) {
    let made = discs.get(radius);
    if (made) return made;
    made = [];
    const side = Math.ceil(radius + 0.5);
    for (let sub = 0; sub < 16; sub++) {
      const sx = (sub & 3) / 4 + 0.125, sy = (sub >> 2) / 4 + 0.125, dx = [], dy = [], cover = [];
      for (let v = -side; v <= side; v++) {
        for (let u = -side; u <= side; u++) {
          const share = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(u + 0.5 - sx, v + 0.5 - sy)));
          if (share > 0) { dx.push(u); dy.push(v); cover.push(share); }
        }
      }
      made.push({ dx: Int8Array.from(dx), dy: Int8Array.from(dy), cover: Float32Array.from(cover) });
    }
    discs.set(radius, made);
    return made;
  }

  function discSlice(from, to, stamp, skipped) {
    const scale = state.scale * ratio / 65536;
    const left = (state.width / 2 - state.x * state.scale) * ratio + scale / 2;
    const top = (state.height / 2 - state.y * state.scale) * ratio + scale / 2;
    const of = paint.of, flat = paint.flat;
    const isAll = !isFiltered(), low = state.from, high = state.to;
    for (let i = from; i < to; i++) {
      if ((of[i] & FADED) === skipped || !isAll && (month[i] < low || month[i] > high)) continue;
      const fx = x[i] * scale + left, fy = y[i] * scale + top;
      const px = Math.floor(fx), py = Math.floor(fy);
      if (px < -8 || py < -8 || px > w + 8 || py > h + 8) continue;
      const { dx, dy, cover } = stamp[Math.floor((fx - px) * 4) | Math.floor((fy - py) * 4) << 2];
      const color = flat[of[i]], red = color & 255, green = color >> 8 & 255, blue = color >> 16 & 255;
      const solid = 0.45 + 0.45 * strength[i] / 15;
      for (let k = 0; k < cover.length; k++) {
        const cx = px + dx[k], cy = py + dy[k];
        if (cx < 0 || cy < 0 || cx >= w || cy >= h) continue;
        const at = (cy * w + cx) * 4, a = cover[k] * solid, under = bytes[at + 3] / 255;
        const all = a + under * (1 - a), mix = a / all;
        bytes[at] += (red - bytes[at]) * mix;
        bytes[at + 1] += (green - bytes[at + 1]) * mix;
        bytes[at + 2] += (blue - bytes[at + 2]) * mix;
        bytes[at + 3] = all * 255;
      }
    }
  }

  return { resize, draw };
}
