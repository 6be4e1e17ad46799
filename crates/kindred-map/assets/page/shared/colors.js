// Colours: of the theme, and a number for each paper that says which of them is its own.

const RAMP = [[68, 1, 84], [70, 50, 127], [54, 92, 141], [39, 127, 142], [31, 161, 135], [74, 194, 109], [159, 218, 58], [253, 231, 37]];
const STEPS = 32;                        // of a ramp; number 0 is grey
const FADED = 64;                        // numbers from here on are the same colours, faded

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const css = (color) => `rgb(${color[0]} ${color[1]} ${color[2]})`;

/** Colour number of each month: by how many papers are older, so that every colour is used. */
function monthSteps(bars) {
  let dated = 0, older = 0;
  for (const papers of bars) dated += papers;
  return Uint8Array.from(bars, (papers) => {
    const middle = (older + papers / 2) / dated;
    older += papers;
    return 1 + Math.min(STEPS - 1, Math.floor(middle * STEPS));
  });
}

/**
 * @param {ReturnType<typeof makeModel>} model
 */
function makePaint(model) {
  const { facts, columns, count, months, bars, state } = model;
  const own = new Uint8Array(count);     // numbers without regard to what is selected
  const paint = {
    /** Colour number of each paper. */ of: own,
    /** Colours by number. */ list: /** @type {number[][]} */ ([]),
    /** The same, blue green red. */ flat: new Uint32Array(2 * FADED),
    monthSteps: monthSteps(bars),
    isRamp: false,
    palette, choose, select,
    css: (i) => css(paint.list[own[i]]),
  };
  const ofSelection = new Uint8Array(count);

  function isDark() {
    const theme = document.documentElement.dataset.theme;
    if (theme === "dark" || theme === "light") return theme === "dark";
    return matchMedia("(prefers-color-scheme: dark)").matches;
  }
  function palette() { return isDark() ? facts.palettes.dark : facts.palettes.light; }

  /**
   * Colours papers by topic, by year, or by a number for each: of a hue, or of 1 to `STEPS` for a
   * score; 0 is grey.
   * @param {"topic" | "year" | "category" | "score"} by
   * @param {Uint8Array} [codes] for the last two
   */
  function choose(by, codes) {
    const chosen = palette(), { topic, month } = columns;
    paint.isRamp = by === "year" || by === "score";
    if (codes) own.set(codes);
    else if (by === "topic") {
      const hues = Uint8Array.from(facts.topics, (one) => (one.hue === null ? 0 : one.hue + 1));
      for (let i = 0; i < count; i++) own[i] = topic[i] === NONE ? 0 : hues[topic[i]];
    } else for (let i = 0; i < count; i++) own[i] = month[i] ? paint.monthSteps[month[i] - months.first] : 0;
    paint.list = paint.isRamp ? [rgb(chosen.rest), ...ramp(isDark())] : [chosen.rest, ...chosen.hues].map(rgb);
    const ground = rgb(chosen.ground);
    paint.list.forEach((color, k) => {
      const faded = color.map((value, c) => Math.round(ground[c] + (value - ground[c]) * 0.24));
      paint.flat[k] = (color[0] | color[1] << 8 | color[2] << 16) >>> 0;
      paint.flat[k + FADED] = (faded[0] | faded[1] << 8 | faded[2] << 16) >>> 0;
    });
    select();
  }

  /** Fades what is not selected. */
  function select() {
    paint.of = state.selected ? ofSelection : own;
    if (!state.selected) return;
    for (let i = 0; i < count; i++) ofSelection[i] = state.selected[i] ? own[i] : own[i] + FADED;
  }
  return paint;
}

// The lightest end would be lost on a light ground, the darkest on a dark one.
function ramp(isDark) {
  const colors = [];
  for (let step = 0; step < STEPS; step++) {
    const at = step / (STEPS - 1) * (isDark ? 7 : 6.2), low = Math.min(6, Math.floor(at));
    const color = RAMP[low].map((value, k) => Math.round(value + (RAMP[low + 1][k] - value) * (at - low)));
    colors.push(isDark ? color.map((value) => Math.round(value + (255 - value) * 0.25)) : color);
  }
  return colors;
}
