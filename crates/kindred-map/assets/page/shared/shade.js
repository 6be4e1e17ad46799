// A soft shade of the density beneath the papers, made once for the colours and months chosen.

const SHADE = 384;
const SPACE = 32;                        // cells around the unit square, so that no shade is cut
const FINENESS = 0.5;                    // pixels of the canvas to one of the page; finer ones show no more and cost most of a frame

/**
 * @param {ReturnType<typeof makeModel>} model
 * @param {ReturnType<typeof makePaint>} paint
 * @param {HTMLCanvasElement} canvas
 */
function makeShade(model, paint, canvas) {
  const { columns, count, state, isShown } = model, side = SHADE + 2 * SPACE;
  const context = canvas.getContext("2d");
  const picture = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const inner = picture.getContext("2d"), image = inner.createImageData(side, side);
  const planes = [0, 1, 2, 3].map(() => new Float32Array(side * side));

  function renew() {
    const [red, green, blue, papers] = planes;
    for (const plane of planes) plane.fill(0);
    for (let i = 0; i < count; i++) {
      if (!isShown(i) || paint.of[i] >= FADED) continue;
      const at = (SPACE + Math.floor(columns.y[i] * SHADE / 65536)) * side + SPACE + Math.floor(columns.x[i] * SHADE / 65536);
      const color = paint.flat[paint.of[i]];
      papers[at]++;
      red[at] += color & 255;
      green[at] += color >> 8 & 255;
      blue[at] += color >> 16 & 255;
    }
    const line = new Float32Array(side);
    for (const plane of planes) {
      for (let pass = 0; pass < 3; pass++) {
        boxPass(plane, side, 1, line);
        boxPass(plane, 1, side, line);
      }
    }
    const filled = papers.filter((value) => value > 0.002).sort();
    const most = filled.length ? filled[Math.floor((filled.length - 1) * 0.97)] : 1;
    image.data.fill(0);
    for (let at = 0; at < side * side; at++) {
      if (papers[at] < 1e-4) continue;
      for (let k = 0; k < 3; k++) image.data[4 * at + k] = planes[k][at] / papers[at];
      image.data[4 * at + 3] = 84 * Math.min(1, Math.log1p(30 * papers[at] / most) / Math.log(31));
    }
    inner.putImageData(image, 0, 0);
  }

  function resize() {
    const width = Math.ceil(state.width * FINENESS), height = Math.ceil(state.height * FINENESS);
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  }

  function draw() {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    // Magnified much, it would only be fog.
    const strength = Math.max(0, Math.min(1, 1.6 - state.scale / model.fitScale() / 10));
    if (!strength) return;
    context.globalAlpha = strength;
    context.imageSmoothingQuality = "high";
    // The canvas may be a part of a pixel larger than its place on the page.
    context.setTransform(canvas.width / state.width, 0, 0, canvas.height / state.height, 0, 0);
    const cell = state.scale / SHADE;
    const left = model.screenX(0) - SPACE * cell, top = model.screenY(0) - SPACE * cell;
    context.drawImage(picture, left, top, side * cell, side * cell);
    context.globalAlpha = 1;
  }
  return { renew, resize, draw };
}

/** One pass of a box of five cells over all lines of a plane. */
function boxPass(plane, across, along, line) {
  const side = line.length, radius = 2;
  for (let row = 0; row < side; row++) {
    const start = row * across;
    for (let k = 0; k < side; k++) line[k] = plane[start + k * along];
    let sum = 0;
    for (let k = 0; k < radius; k++) sum += line[k];
    for (let k = 0; k < side; k++) {
      if (k + radius < side) sum += line[k + radius];
      if (k > radius) sum -= line[k - radius - 1];
      plane[start + k * along] = Math.max(0, sum / (2 * radius + 1));
    }
  }
}
