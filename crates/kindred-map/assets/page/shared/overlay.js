// Above the papers: marks, labels, search hits, what is selected or pointed at.

/** One mark on a canvas: bold ring, cross, dashed ring or triangle, so that none rests on colour. */
function drawMark(context, mark, x, y, size, fill, chosen) {
  context.beginPath();
  if (mark === MARK.query) {
    context.moveTo(x, y - size * 1.25);
    context.lineTo(x + size * 1.1, y + size * 0.8);
    context.lineTo(x - size * 1.1, y + size * 0.8);
    context.closePath();
  } else if (mark === MARK.disliked) {
    const arm = size * 0.8;
    context.moveTo(x - arm, y - arm); context.lineTo(x + arm, y + arm);
    context.moveTo(x - arm, y + arm); context.lineTo(x + arm, y - arm);
  } else {
    context.arc(x, y, size, 0, 2 * Math.PI);
  }
  context.lineJoin = "round";
  context.strokeStyle = chosen.ground;
  context.lineWidth = size * 0.85;
  context.stroke();
  if (mark !== MARK.disliked) { context.fillStyle = fill; context.fill(); }
  context.strokeStyle = chosen.ink;
  context.lineWidth = mark === MARK.liked ? size * 0.44 : size < 4 ? 0.6 : size * 0.32;
  if (mark === MARK.recent) context.setLineDash([size * 0.62, size * 0.62]);
  context.stroke();
  if (mark === MARK.recent) context.setLineDash([]);
}

/**
 * @param {ReturnType<typeof makeModel>} model
 * @param {ReturnType<typeof makePaint>} paint
 * @param {HTMLCanvasElement} canvas
 */
function makeOverlay(model, paint, canvas) {
  const { facts, columns, state, marked, placeX, placeY, screenX, screenY, isShown } = model;
  const context = canvas.getContext("2d");
  /** Labels as they were drawn once, by number. */
  let pictures = new Map();

  function isInView(i) {
    const x = screenX(placeX(i)), y = screenY(placeY(i));
    return x > -10 && y > -10 && x < state.width + 10 && y < state.height + 10 && isShown(i);
  }

  function put(i, mark, size, chosen) {
    drawMark(context, mark, screenX(placeX(i)), screenY(placeY(i)), size, paint.css(i), chosen);
  }

  function pictureOf(k, ratio, chosen) {
    let made = pictures.get(k);
    if (made) return made;
    if (pictures.size > 600) pictures = new Map();
    const label = facts.labels[k], topic = facts.topics[label.topic], space = 6;
    made = document.createElement("canvas");
    made.width = Math.ceil((label.width + 2 * space) * ratio);
    made.height = Math.ceil((label.height + 2 * space) * ratio);
    const inner = made.getContext("2d");
    inner.scale(ratio, ratio);
    inner.textAlign = "center";
    inner.textBaseline = "alphabetic";
    inner.lineJoin = "round";
    inner.font = `${label.level < 2 ? 600 : 400} ${label.size}px "Map Sans", system-ui, sans-serif`;
    inner.lineWidth = Math.max(3, label.size * 0.28);
    inner.strokeStyle = chosen.ground;
    inner.fillStyle = paint.isRamp ? chosen.ink : chosen.labels[label.level][topic.hue === null ? 0 : topic.hue + 1];
    const step = label.size * facts.line, middle = made.width / 2 / ratio;
    const first = made.height / 2 / ratio - step * (label.lines.length - 1) / 2 + label.size * 0.36;
    inner.globalAlpha = 0.82;
    label.lines.forEach((text, n) => inner.strokeText(text, middle, first + n * step, label.width));
    inner.globalAlpha = 1;
    label.lines.forEach((text, n) => inner.fillText(text, middle, first + n * step, label.width));
    pictures.set(k, made);
    return made;
  }

  // At whole pixels, so that letters stay sharp.
  function drawLabels(ratio, chosen) {
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (let k = facts.labels.length - 1; k >= 0; k--) {
      const label = facts.labels[k];
      if (state.scale < label.min || state.scale >= label.max) continue;
      const x = screenX(label.x), y = screenY(label.y);
      if (x < -label.width / 2 || y < -label.height / 2) continue;
      if (x > state.width + label.width / 2 || y > state.height + label.height / 2) continue;
      const picture = pictureOf(k, ratio, chosen);
      context.drawImage(picture, Math.round(x * ratio - picture.width / 2), Math.round(y * ratio - picture.height / 2));
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  function drawOutline(chosen) {
    const corners = state.outline;
    if (!corners || corners.length < 4) return;
    context.beginPath();
    for (let k = 0; k < corners.length; k += 2) context.lineTo(screenX(corners[k]), screenY(corners[k + 1]));
    context.closePath();
    context.globalAlpha = 0.07;
    context.fillStyle = chosen.ink;
    context.fill("nonzero");
    context.globalAlpha = 1;
    context.strokeStyle = chosen.ground; context.lineWidth = 4; context.stroke();
    context.setLineDash([6, 4]);
    context.strokeStyle = chosen.ink; context.lineWidth = 1.5; context.stroke();
    context.setLineDash([]);
  }

  function ring(i, radius, chosen) {
    if (i < 0) return;
    context.beginPath();
    context.arc(screenX(placeX(i)), screenY(placeY(i)), Math.max(8, radius + 4), 0, 2 * Math.PI);
    context.strokeStyle = chosen.ground; context.lineWidth = 5; context.stroke();
    context.strokeStyle = chosen.ink; context.lineWidth = 2; context.stroke();
  }

  /** @param {number} radius of discs @param {number} ratio pixels of the canvas to one of the page */
  function draw(radius, ratio) {
    const chosen = paint.palette();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const size = Math.max(4.5, radius * 1.15);
    for (let n = 0; n < marked.length; n++) {
      if (isInView(marked[n])) put(marked[n], columns.mark[marked[n]], size, chosen);
    }
    drawOutline(chosen);
    drawLabels(ratio, chosen);
    const hitSize = state.hits.length > 400 ? 3 : Math.max(5, radius * 1.1);
    for (let n = 0, end = Math.min(6000, state.hits.length); n < end; n++) {
      if (isInView(state.hits[n])) put(state.hits[n], MARK.query, hitSize, chosen);
    }
    ring(state.hover, radius, chosen);
    ring(state.pinned, radius, chosen);
  }
  return { draw, forget: () => { pictures = new Map(); } };
}
