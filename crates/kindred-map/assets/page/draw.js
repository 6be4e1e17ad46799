// The picture: a canvas of papers below, a canvas of labels and marks above.

const shadeCanvas = document.getElementById("shade");
const densityCanvas = document.getElementById("density");
const overlayCanvas = document.getElementById("overlay");
const shadeContext = shadeCanvas.getContext("2d");
const densityContext = densityCanvas.getContext("2d");
const overlayContext = overlayCanvas.getContext("2d");
const YEARS = [[68, 1, 84], [70, 50, 127], [54, 92, 141], [39, 127, 142], [31, 161, 135], [74, 194, 109], [159, 218, 58], [253, 231, 37]];

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const css = (color) => `rgb(${color[0]} ${color[1]} ${color[2]})`;

// Colour number of each month: by how many papers are older, so that every colour is used.
const monthColors = (() => {
  if (!months) return [];
  const dated = bars.reduce((sum, value) => sum + value, 0);
  let older = 0;
  return bars.map((value) => {
    const middle = (older + value / 2) / dated;
    older += value;
    return 1 + Math.min(31, Math.floor(middle * 32));
  });
})();

// Colour number of each paper, and the colours: 0 is grey.
let colorOf = new Uint8Array(count);
let colors = [];
function chooseColors() {
  const chosen = palette();
  if (state.color === "year" && months) {
    for (let i = 0; i < count; i++) colorOf[i] = columns.month[i] ? monthColors[columns.month[i] - months.first] : 0;
    colors = [rgb(chosen.rest)];
    for (let step = 0; step < 32; step++) {
      // The lightest end would be lost on a light ground.
      const at = step / 31 * (isDark() ? 7 : 6.2), low = Math.min(6, Math.floor(at));
      colors.push(YEARS[low].map((value, k) => Math.round(value + (YEARS[low + 1][k] - value) * (at - low))));
    }
    if (isDark()) colors = colors.map((color, k) => (k ? color.map((v) => Math.round(v + (255 - v) * 0.25)) : color));
  } else {
    for (let i = 0; i < count; i++) {
      const hue = columns.topic[i] === NONE ? null : data.topics[columns.topic[i]].hue;
      colorOf[i] = hue === null ? 0 : hue + 1;
    }
    colors = [chosen.rest, ...chosen.hues].map(rgb);
  }
}

// The canvas of papers may be coarser than the screen while the map moves.
let buffers = null;
let screenRatio = 1;
function resize(isMoving) {
  const box = overlayCanvas.getBoundingClientRect();
  screenRatio = Math.min(2, window.devicePixelRatio || 1);
  state.width = Math.max(1, box.width);
  state.height = Math.max(1, box.height);
  const pixels = (ratio) => [Math.max(1, Math.round(state.width * ratio)), Math.max(1, Math.round(state.height * ratio))];
  const [screenW, screenH] = pixels(screenRatio);
  for (const canvas of [shadeCanvas, overlayCanvas]) {
    if (canvas.width !== screenW || canvas.height !== screenH) { canvas.width = screenW; canvas.height = screenH; }
  }
  const ratio = isMoving ? 1 : screenRatio, [w, h] = pixels(ratio);
  if (buffers && buffers.w === w && buffers.h === h) return;
  densityCanvas.width = w;
  densityCanvas.height = h;
  const image = densityContext.createImageData(w, h);
  buffers = {
    w, h, ratio, image, pixels: new Uint32Array(image.data.buffer),
    counts: new Uint16Array(w * h), last: new Uint8Array(w * h),
  };
}

// A soft shade of the density beneath the papers, made once for the colours and months chosen.
const SHADE = 384;
const SPACE = 32;                        // cells around the unit square, so that no shade is cut
const shade = Object.assign(document.createElement("canvas"), { width: SHADE + 2 * SPACE, height: SHADE + 2 * SPACE });
function makeShade() {
  const side = SHADE + 2 * SPACE, planes = [0, 1, 2, 3].map(() => new Float32Array(side * side));
  for (let i = 0; i < count; i++) {
    if (!isShown(i)) continue;
    const at = (SPACE + Math.floor(placeY(i) * SHADE)) * side + SPACE + Math.floor(placeX(i) * SHADE);
    const color = colors[colorOf[i]];
    planes[3][at]++;
    for (let k = 0; k < 3; k++) planes[k][at] += color[k];
  }
  for (const plane of planes) {
    for (let pass = 0; pass < 3; pass++) {
      boxPass(plane, side, 1, side, 2);
      boxPass(plane, 1, side, side, 2);
    }
  }
  const filled = planes[3].filter((value) => value > 0.002).sort();
  const most = filled.length ? filled[Math.floor((filled.length - 1) * 0.97)] : 1;
  const context = shade.getContext("2d"), image = context.createImageData(side, side);
  for (let at = 0; at < side * side; at++) {
    const papers = planes[3][at];
    if (papers < 1e-4) continue;
    for (let k = 0; k < 3; k++) image.data[4 * at + k] = planes[k][at] / papers;
    image.data[4 * at + 3] = 84 * Math.min(1, Math.log1p(30 * papers / most) / Math.log(31));
  }
  context.putImageData(image, 0, 0);
}
// One pass of a box over all lines of a plane.
function boxPass(plane, across, along, side, radius) {
  const line = new Float32Array(side), width = 2 * radius + 1;
  for (let row = 0; row < side; row++) {
    const start = row * across;
    for (let k = 0; k < side; k++) line[k] = plane[start + k * along];
    let sum = 0;
    for (let k = 0; k < radius; k++) sum += line[k];
    for (let k = 0; k < side; k++) {
      if (k + radius < side) sum += line[k + radius];
      if (k > radius) sum -= line[k - radius - 1];
      plane[start + k * along] = Math.max(0, sum / width);
    }
  }
}
function drawShade() {
  shadeContext.setTransform(1, 0, 0, 1, 0, 0);
  shadeContext.clearRect(0, 0, shadeCanvas.width, shadeCanvas.height);
  // Magnified much, it would only be fog.
  const strength = Math.max(0, Math.min(1, 1.6 - state.scale / fitScale() / 10));
  if (!strength) return;
  shadeContext.globalAlpha = strength;
  shadeContext.imageSmoothingQuality = "high";
  const cell = state.scale * screenRatio / SHADE;
  const left = screenX(0) * screenRatio - SPACE * cell, top = screenY(0) * screenRatio - SPACE * cell;
  shadeContext.drawImage(shade, left, top, shade.width * cell, shade.height * cell);
  shadeContext.globalAlpha = 1;
}

let kept = { scale: 0, radius: 0 };

// Papers: where they are many, a count at each pixel, mapped to opacity by its logarithm; where
// they are few, discs. Discs cover a twentieth of the screen together, so the cost is bounded.
function drawPapers() {
  const { w, h, ratio, image, pixels, counts, last } = buffers;
  const box = viewBox(8);
  let visible = 0;
  eachSlice(...box, (from, to) => { visible += to - from; });
  const share = Math.sqrt(0.05 * w * h / Math.max(1, visible) / Math.PI);
  let radius = Math.min(6.5 * ratio, Math.round(share * 4) / 4);
  // While the map is only moved, discs keep their size unless far more or fewer come into view.
  const before = kept.radius * ratio;
  if (kept.scale === state.scale && before > radius * 0.6 && before < radius * 1.6) radius = before;
  kept = { scale: state.scale, radius: radius / ratio };
  const scale = state.scale * ratio / 65536;
  const left = (state.width / 2 - state.x * state.scale) * ratio + scale / 2;
  const top = (state.height / 2 - state.y * state.scale) * ratio + scale / 2;
  const { x, y, month } = columns;
  const filtered = isFiltered();
  if (radius < 1.2 * Math.max(1, ratio * 0.75)) {
    counts.fill(0);
    const wide = radius >= 0.8 || ratio > 1.5;
    eachSlice(...box, (from, to) => {
      for (let i = from; i < to; i++) {
        if (filtered && (month[i] < state.from || month[i] > state.to)) continue;
        const px = (x[i] * scale + left) | 0, py = (y[i] * scale + top) | 0;
        if (px < 0 || py < 0 || px >= w - 1 || py >= h - 1) continue;
        const at = py * w + px, color = colorOf[i];
        counts[at]++; last[at] = color;
        if (wide) {
          counts[at + 1]++; last[at + 1] = color;
          counts[at + w]++; last[at + w] = color;
          counts[at + w + 1]++; last[at + w + 1] = color;
        }
      }
    });
    const alpha = new Uint32Array(1024);
    const most = Math.max(6, 24 * visible * (wide ? 4 : 1) / (w * h));
    for (let c = 1; c < 1024; c++) {
      alpha[c] = Math.min(255, Math.round(96 + 159 * Math.log1p(c - 1) / Math.log1p(most))) << 24 >>> 0;
    }
    const flat = new Uint32Array(colors.map((color) => (color[0] | color[1] << 8 | color[2] << 16) >>> 0));
    for (let at = 0, end = w * h; at < end; at++) {
      const c = counts[at];
      pixels[at] = c === 0 ? 0 : (alpha[c > 1023 ? 1023 : c] | flat[last[at]]) >>> 0;
    }
  } else {
    pixels.fill(0);
    drawDiscs(radius, (visit) => eachSlice(...box, (from, to) => {
      for (let i = from; i < to; i++) {
        if (filtered && (month[i] < state.from || month[i] > state.to)) continue;
        visit(x[i] * scale + left, y[i] * scale + top, i);
      }
    }));
  }
  densityContext.putImageData(image, 0, 0);
  return radius / ratio;
}

function drawDiscs(radius, each) {
  const { w, h, image } = buffers;
  const bytes = image.data;
  const side = Math.ceil(radius + 0.5), offsets = [];
  for (let dy = -side; dy <= side; dy++) {
    for (let dx = -side; dx <= side; dx++) {
      const cover = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(dx, dy)));
      if (cover > 0) offsets.push([dx, dy, cover]);
    }
  }
  each((fx, fy, i) => {
    const px = Math.round(fx), py = Math.round(fy), color = colors[colorOf[i]];
    const solid = 0.4 + 0.45 * columns.strength[i] / 255;
    for (const [dx, dy, cover] of offsets) {
      const cx = px + dx, cy = py + dy;
      if (cx < 0 || cy < 0 || cx >= w || cy >= h) continue;
      const at = (cy * w + cx) * 4, a = cover * solid, under = bytes[at + 3] / 255;
      const all = a + under * (1 - a), mix = a / all;
      bytes[at] += (color[0] - bytes[at]) * mix;
      bytes[at + 1] += (color[1] - bytes[at + 1]) * mix;
      bytes[at + 2] += (color[2] - bytes[at + 2]) * mix;
      bytes[at + 3] = all * 255;
    }
  });
}

// One mark on a canvas: bold ring, cross, dashed ring or triangle.
function drawMark(context, mark, x, y, size, fill) {
  const chosen = palette();
  const path = new Path2D();
  if (mark === MARK.query) {
    path.moveTo(x, y - size * 1.25); path.lineTo(x + size * 1.1, y + size * 0.8);
    path.lineTo(x - size * 1.1, y + size * 0.8); path.closePath();
  } else if (mark === MARK.disliked) {
    const arm = size * 0.8;
    path.moveTo(x - arm, y - arm); path.lineTo(x + arm, y + arm);
    path.moveTo(x - arm, y + arm); path.lineTo(x + arm, y - arm);
  } else {
    path.arc(x, y, size, 0, 2 * Math.PI);
  }
  context.lineJoin = "round";
  context.setLineDash([]);
  context.strokeStyle = chosen.ground;
  context.lineWidth = size * 0.85;
  context.stroke(path);
  if (mark !== MARK.disliked) { context.fillStyle = fill; context.fill(path); }
  context.strokeStyle = chosen.ink;
  context.lineWidth = mark === MARK.liked ? size * 0.44 : size < 4 ? 0.6 : size * 0.32;
  if (mark === MARK.recent) context.setLineDash([size * 0.62, size * 0.62]);
  context.stroke(path);
  context.setLineDash([]);
}

function drawLabels(context) {
  const chosen = palette();
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.lineJoin = "round";
  for (let k = data.labels.length - 1; k >= 0; k--) {
    const label = data.labels[k];
    if (state.scale < label.min || state.scale >= label.max) continue;
    const x = screenX(label.x), y = screenY(label.y);
    if (x < -label.width / 2 || y < -label.height / 2) continue;
    if (x > state.width + label.width / 2 || y > state.height + label.height / 2) continue;
    const topic = data.topics[label.topic];
    context.font = `${label.level < 2 ? 600 : 400} ${label.size}px "Map Sans", system-ui, sans-serif`;
    context.lineWidth = Math.max(3, label.size * 0.3);
    context.strokeStyle = chosen.ground;
    const tint = chosen.labels[label.level][topic.hue === null ? 0 : topic.hue + 1];
    context.fillStyle = state.color === "year" ? chosen.ink : tint;
    const step = label.size * data.line, first = y - step * (label.lines.length - 1) / 2 + label.size * 0.36;
    const lines = label.lines.map((text, n) => [text, x, first + n * step, label.width]);
    for (const line of lines) context.strokeText(...line);
    for (const line of lines) context.fillText(...line);
  }
}

function drawOverlay(radius) {
  const context = overlayContext, chosen = palette();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, overlayCanvas.width, overlayCanvas.height);
  context.setTransform(screenRatio, 0, 0, screenRatio, 0, 0);
  const onScreen = (i) => {
    const x = screenX(placeX(i)), y = screenY(placeY(i));
    return x > -10 && y > -10 && x < state.width + 10 && y < state.height + 10 && isShown(i);
  };
  const put = (i, mark, size) => {
    drawMark(context, mark, screenX(placeX(i)), screenY(placeY(i)), size, css(colors[colorOf[i]]));
  };
  for (const i of marked) if (onScreen(i)) put(i, columns.mark[i], Math.max(4.5, radius * 1.15));
  drawLabels(context);
  const found = state.hits.filter(onScreen);
  const size = found.length > 400 ? 2.6 : Math.max(4.5, radius * 1.1);
  for (const i of found.slice(0, 6000)) put(i, MARK.query, size);
  for (const i of [state.hover, state.pinned]) {
    if (i < 0) continue;
    context.beginPath();
    context.arc(screenX(placeX(i)), screenY(placeY(i)), Math.max(8, radius + 4), 0, 2 * Math.PI);
    context.strokeStyle = chosen.ground; context.lineWidth = 5; context.stroke();
    context.strokeStyle = chosen.ink; context.lineWidth = 2; context.stroke();
  }
}

// Draws at the next frame. Where a frame at the fineness of the screen takes long, moving frames
// are coarser, and a fine one follows when the map rests.
let asked = 0, fineTimer = 0, isSlow = false, lastRadius = 2;
function redraw() {
  if (asked) return;
  asked = requestAnimationFrame(() => {
    asked = 0;
    drawNow(isSlow && screenRatio > 1);
  });
}
function drawNow(isMoving) {
  clearTimeout(fineTimer);
  const start = performance.now();
  resize(isMoving);
  drawShade();
  lastRadius = drawPapers();
  drawOverlay(lastRadius);
  if (isMoving) fineTimer = setTimeout(() => drawNow(false), 140);
  else if (screenRatio > 1) isSlow = performance.now() - start > 9;
  viewChanged();
}
