// Where the map is looked at from: limits, zoom about a point, flights.

/**
 * @param {ReturnType<typeof makeModel>} model
 * @param {ReturnType<typeof makeRenderer>} renderer
 */
function makeView(model, renderer) {
  const { state, facts, fitScale, mostScale } = model;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let flight = 0;

  const limited = (scale) => Math.max(fitScale() * 0.6, Math.min(mostScale(), scale));

  function clamp() {
    state.scale = limited(state.scale);
    state.x = Math.max(-0.1, Math.min(1.1, state.x));
    state.y = Math.max(-0.1, Math.min(1.1, state.y));
  }
  function stop() {
    cancelAnimationFrame(flight);
    flight = 0;
  }

  /** Zooms by a factor; the paper at that pixel stays where it is. */
  function zoomAt(px, py, factor) {
    stop();
    const x = model.worldX(px), y = model.worldY(py);
    state.scale *= factor;
    clamp();
    state.x = x - (px - state.width / 2) / state.scale;
    state.y = y - (py - state.height / 2) / state.scale;
    clamp();
    renderer.redraw();
  }

  /** Moves by pixels. */
  function move(px, py) {
    stop();
    state.x += px / state.scale;
    state.y += py / state.scale;
    clamp();
    renderer.redraw();
  }

  /** Flies there in an arc, or jumps for readers who want no motion. */
  function flyTo(x, y, scale) {
    stop();
    scale = limited(scale);
    if (calm.matches) {
      Object.assign(state, { x, y, scale });
      renderer.redraw();
      return;
    }
    const from = { x: state.x, y: state.y, scale: state.scale };
    const far = Math.hypot(x - from.x, y - from.y) * Math.min(scale, from.scale) / Math.min(state.width, state.height);
    const dip = Math.min(1.6, Math.max(0, Math.log(1 + far) - 0.3));
    const start = performance.now(), lasts = 420 + 260 * Math.min(2, far);
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - start) / lasts));
      const ease = t < 0.5 ? 4 * t * t * t : 1 - (-2 * t + 2) ** 3 / 2;
      state.scale = Math.exp(Math.log(from.scale) + Math.log(scale / from.scale) * ease - dip * 4 * ease * (1 - ease));
      state.x = from.x + (x - from.x) * ease;
      state.y = from.y + (y - from.y) * ease;
      renderer.drawNow(t < 1);
      flight = t < 1 ? requestAnimationFrame(step) : 0;
    };
    flight = requestAnimationFrame(step);
  }

  /** Flies so that a box of the unit square fills most of the screen. */
  function flyToBox(left, top, right, bottom) {
    const scale = Math.min(state.width / Math.max(right - left, 1e-4), state.height / Math.max(bottom - top, 1e-4));
    flyTo((left + right) / 2, (top + bottom) / 2, Math.min(scale * 0.8, fitScale() * 60));
  }

  function flyToTopic(topic) {
    const { x, y, reach } = facts.topics[topic];
    flyTo(x, y, Math.min(state.width, state.height) * 0.3 / Math.max(reach, 1e-4));
  }

  const flyToPaper = (i) => flyTo(model.placeX(i), model.placeY(i), Math.max(state.scale, fitScale() * 6));
  function flyAll() {
    const { x, y, scale } = model.home();
    flyTo(x, y, scale);
  }
  const zoomBy = (factor) => zoomAt(state.width / 2, state.height / 2, factor);
  return { stop, zoomAt, zoomBy, move, flyTo, flyToBox, flyToTopic, flyToPaper, flyAll, isFlying: () => flight !== 0 };
}
