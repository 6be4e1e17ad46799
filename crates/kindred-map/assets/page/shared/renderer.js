// The picture as a whole: shade, papers, overlay, and when they are drawn.

/**
 * @param {ReturnType<typeof makeModel>} model
 * @param {{shade: HTMLCanvasElement, density: HTMLCanvasElement, overlay: HTMLCanvasElement}} canvases
 * @param {() => void} drawn called after each frame
 */
function makeRenderer(model, canvases, drawn) {
  const { state } = model;
  const paint = makePaint(model);
  const shade = makeShade(model, paint, canvases.shade);
  const papers = makePapers(model, paint, canvases.density);
  const overlay = makeOverlay(model, paint, canvases.overlay);
  let ratio = 1, asked = 0, fineTimer = 0, isSlow = false, frames = 0;

  function measure() {
    const box = canvases.overlay.getBoundingClientRect(), now = Math.min(2, window.devicePixelRatio || 1);
    if (now !== ratio) overlay.forget();
    ratio = now;
    state.width = Math.max(1, box.width);
    state.height = Math.max(1, box.height);
    const w = Math.max(1, Math.round(state.width * ratio)), h = Math.max(1, Math.round(state.height * ratio));
    if (canvases.overlay.width !== w || canvases.overlay.height !== h) { canvases.overlay.width = w; canvases.overlay.height = h; }
    shade.resize();
  }

  // Where a frame at the fineness of the screen takes long, moving frames are coarser, and a fine
  // one follows when the map rests.
  function drawNow(isMoving) {
    const isCoarse = isMoving && isSlow && ratio > 1, start = performance.now();
    clearTimeout(fineTimer);
    fineTimer = 0;
    papers.resize(isCoarse ? 1 : ratio);
    shade.draw();
    overlay.draw(papers.draw(), ratio);
    frames++;
    if (isCoarse) fineTimer = setTimeout(drawNow, 140, false);
    else if (ratio > 1) isSlow = performance.now() - start > 9;
    drawn();
  }

  /** Draws at the next frame. */
  function redraw() {
    if (!asked) asked = requestAnimationFrame(frame);
  }
  function frame() {
    asked = 0;
    drawNow(true);
  }

  /** Takes colours anew, as `choose` says. */
  function recolor(by, codes) {
    paint.choose(by, codes);
    overlay.forget();
    reshade();
  }
  /** After months or the selection have changed. */
  function reshade() {
    paint.select();
    shade.renew();
    redraw();
  }

  measure();
  return { paint, measure, redraw, drawNow, recolor, reshade, forgetLabels: overlay.forget, frames: () => frames, isStill: () => !asked && !fineTimer };
}
