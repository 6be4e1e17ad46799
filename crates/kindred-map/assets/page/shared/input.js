// Pointer and keys on the map.

/**
 * @param {ReturnType<typeof makeModel>} model
 * @param {ReturnType<typeof makeRenderer>} renderer
 * @param {ReturnType<typeof makeView>} view
 * @param {HTMLElement} surface
 * @param {{pin: (i: number) => void, hover: (i: number) => void, enter?: () => void,
 *   tool?: () => "pan" | "rectangle" | "lasso", select?: (corners: number[]) => void}} hooks
 */
function makeInput(model, renderer, view, surface, hooks) {
  const { state } = model;
  const pointers = new Map();
  let moved = 0;
  /** Where a rectangle or a lasso began. */ let drawing = null;

  function at(event) {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  // Shift draws a rectangle, with Ctrl or Cmd a lasso, whatever tool is chosen.
  function toolOf(event) {
    if (!hooks.select) return "pan";
    if (event.shiftKey) return event.ctrlKey || event.metaKey ? "lasso" : "rectangle";
    return hooks.tool();
  }

  function draw([px, py]) {
    const x = model.worldX(px), y = model.worldY(py);
    if (drawing.tool === "rectangle") {
      state.outline = [drawing.x, drawing.y, x, drawing.y, x, y, drawing.x, y];
    } else {
      const corners = state.outline, last = corners.length;
      if (Math.hypot(x - corners[last - 2], y - corners[last - 1]) * state.scale >= 3) corners.push(x, y);
    }
    renderer.redraw();
  }

  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    view.stop();
    surface.setPointerCapture(event.pointerId);
    const place = at(event), tool = toolOf(event);
    if (!pointers.size) moved = 0;
    pointers.set(event.pointerId, place);
    if (drawing) { state.outline = drawing.before; drawing = null; }
    if (tool !== "pan" && pointers.size === 1) {
      drawing = { tool, x: model.worldX(place[0]), y: model.worldY(place[1]), before: state.outline };
    } else {
      surface.classList.add("drag");
    }
  });

  surface.addEventListener("pointermove", (event) => {
    const now = at(event), before = pointers.get(event.pointerId);
    if (!before) {
      const found = event.pointerType === "touch" ? -1 : model.nearest(now[0], now[1], 12);
      if (found !== state.hover) { surface.classList.toggle("over", found >= 0); hooks.hover(found); }
      return;
    }
    moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    const other = [...pointers].find(([id]) => id !== event.pointerId);
    if (other) {
      const [ox, oy] = other[1];
      const was = Math.hypot(before[0] - ox, before[1] - oy), is = Math.hypot(now[0] - ox, now[1] - oy);
      if (was > 1 && is > 1) view.zoomAt(ox, oy, is / was);
    } else if (moved > 3 && drawing) {
      if (!drawing.isBegun) { drawing.isBegun = true; state.outline = [drawing.x, drawing.y]; }
      draw(now);
    } else if (moved > 3) {
      view.move(before[0] - now[0], before[1] - now[1]);
    }
    pointers.set(event.pointerId, now);
  });

  for (const kind of ["pointerup", "pointercancel"]) {
    surface.addEventListener(kind, (event) => {
      const place = pointers.get(event.pointerId);
      pointers.delete(event.pointerId);
      if (!pointers.size) surface.classList.remove("drag");
      const drawn = drawing;
      drawing = null;
      if (drawn && drawn.isBegun) {
        if (kind === "pointerup" && state.outline.length >= 6) hooks.select(state.outline);
        else { state.outline = drawn.before; renderer.redraw(); }
      } else if (kind === "pointerup" && place && moved <= 3 && !pointers.size) {
        hooks.pin(model.nearest(place[0], place[1], event.pointerType === "touch" ? 22 : 12));
      }
    });
  }

  surface.addEventListener("pointerleave", () => { if (state.hover >= 0) hooks.hover(-1); });
  surface.addEventListener("wheel", (event) => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const turn = Math.max(-240, Math.min(240, event.deltaY * unit));
    view.zoomAt(...at(event), Math.exp(-turn * (event.ctrlKey ? 0.01 : 0.0022)));
  }, { passive: false });
  surface.addEventListener("dblclick", (event) => {
    const [px, py] = at(event);
    view.flyTo(model.worldX(px), model.worldY(py), state.scale * 2);
  });

  const step = (x, y) => view.move(x * 0.15 * state.width, y * 0.15 * state.height);
  const keys = {
    ArrowLeft: () => step(-1, 0), ArrowRight: () => step(1, 0), ArrowUp: () => step(0, -1), ArrowDown: () => step(0, 1),
    "+": () => view.zoomBy(1.5), "=": () => view.zoomBy(1.5), "-": () => view.zoomBy(1 / 1.5), "0": view.flyAll,
    Escape: () => hooks.pin(-1),
    Enter: () => (hooks.enter ? hooks.enter() : hooks.pin(model.nearest(state.width / 2, state.height / 2, 80))),
  };
  surface.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  for (const button of document.querySelectorAll("#zoom button")) {
    const act = { in: () => view.zoomBy(1.6), out: () => view.zoomBy(1 / 1.6), all: view.flyAll }[button.dataset.zoom];
    if (act) button.addEventListener("click", act);
  }
}
