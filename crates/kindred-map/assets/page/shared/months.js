// The histogram of months: bars to brush with a pointer, two sliders for keys.

/**
 * @param {ReturnType<typeof makeModel>} model
 * @param {ReturnType<typeof makePaint>} paint
 * @param {{canvas: HTMLCanvasElement, from: HTMLInputElement, to: HTMLInputElement, span: HTMLElement}} parts
 * @param {() => void} changed
 */
function makeMonths(model, paint, parts, changed) {
  const { state, months, bars } = model;
  const { canvas, from, to, span } = parts;
  let isByYear = false;
  if (bars.length < 2) return { draw() {}, set() {}, byYear() {} };

  function draw() {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const w = canvas.clientWidth, h = canvas.clientHeight, most = bars.reduce((a, b) => Math.max(a, b), 1);
    canvas.width = Math.round(w * ratio);
    canvas.height = Math.round(h * ratio);
    const context = canvas.getContext("2d"), style = getComputedStyle(canvas);
    const accent = style.getPropertyValue("--map-accent"), rest = style.getPropertyValue("--map-line");
    const width = w / bars.length;
    context.scale(ratio, ratio);
    bars.forEach((papers, k) => {
      const isInside = months.first + k >= state.from && months.first + k <= state.to;
      context.fillStyle = !isInside ? rest : isByYear ? css(paint.list[paint.monthSteps[k]]) : accent;
      const height = papers ? Math.max(1.5, papers / most * (h - 2)) : 0;
      context.fillRect(k * width, h - height, Math.max(1, width - (width > 4 ? 1 : 0)), height);
    });
    span.textContent = `${monthText(state.from)} to ${monthText(state.to)}${model.isFiltered() ? "" : ", all"}`;
  }

  function set(low, high) {
    state.from = Math.max(months.first, Math.min(low, high));
    state.to = Math.min(months.last, Math.max(low, high));
    for (const [slider, month] of [[from, state.from], [to, state.to]]) {
      slider.value = String(month);
      slider.setAttribute("aria-valuetext", monthText(month));
    }
    draw();
    changed();
  }

  for (const slider of [from, to]) {
    slider.min = String(months.first);
    slider.max = String(months.last);
    slider.addEventListener("input", () => set(Number(from.value), Number(to.value)));
  }
  let start = null;
  function monthAt(event) {
    const box = canvas.getBoundingClientRect();
    const share = Math.max(0, Math.min(0.9999, (event.clientX - box.left) / box.width));
    return months.first + Math.floor(share * bars.length);
  }
  canvas.addEventListener("pointerdown", (event) => {
    start = monthAt(event);
    canvas.setPointerCapture(event.pointerId);
    set(start, start);
  });
  canvas.addEventListener("pointermove", (event) => { if (start !== null) set(start, monthAt(event)); });
  for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => { start = null; });
  canvas.addEventListener("dblclick", () => set(months.first, months.last));
  return { draw, set, byYear(is) { isByYear = is; } };
}
