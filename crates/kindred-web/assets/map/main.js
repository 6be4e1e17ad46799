// The start: reads the map, ties canvas, panel and address together.

const MOST_SEEDS = 1000;                 // papers that one set is made from; the server refuses more
const MOST_LISTED = 500;

async function start(section) {
  const { version } = section.dataset;
  const [facts, buffer, rated] = await Promise.all([
    ask(`/api/map?v=${version}`),
    askBytes(`/api/map/points?v=${version}`),
    ask(`/api/map/marks?v=${version}&set=${encodeURIComponent(element("card-rate").elements.set.value)}`),
  ]);
  const packed = unpack(buffer);
  const ratings = makeRatings(packed.mark, rated);
  const model = makeModel(facts, packed);
  const { state, columns, count } = model;
  section.classList.add("ready");
  const surface = element("plane"), overlay = element("overlay");
  const renderer = makeRenderer(model, { shade: element("shade"), density: element("density"), overlay }, viewChanged);
  const { paint } = renderer;
  renderer.recolor("topic");            // a frame may be drawn before other colours are there
  const view = makeView(model, renderer);
  const papers = makePapersByPlace(version);
  const say = (text) => { element("hits").textContent = text; };
  const card = makeCard(model, papers, ratings, { card: element("card"), actions: element("card-actions"), close: () => pin(-1), known: () => later("address", 120, keepAddress), rated: () => { drawLegend(); renderer.redraw(); }, say });
  const list = makeList(papers, { list: element("papers"), more: element("more") }, goTo);
  const tree = makeTree(model, element("topics"), chooseTopic);
  // Of a refused form this tells whether the map is another one.
  const setForm = makeSetForm(element("make-set"), element("not-made"), () => { ask(`/api/map/papers?v=${version}`).catch(() => {}); });
  const marks = new Uint8Array(count);
  let strength = columns.strength, chosen = null, tool = "pan", inView = 0, topicHits = [], turn = -1, query = "", by = "topic";
  let middle = [0.5, 0.5];               // of what is selected
  let finding = new AbortController();
  const timers = new Map();

  /** Does something when it was not asked for again for so many milliseconds. */
  function later(name, wait, act) {
    forget(name);
    timers.set(name, setTimeout(() => { timers.delete(name); act(); }, wait));
  }
  function forget(name) {
    clearTimeout(timers.get(name));
    timers.delete(name);
  }

  // --- what is shown ----------------------------------------------------------------------------

  function viewChanged() {
    card.show();
    later("list", 240, rested);
  }
  function rested() {
    const box = [model.worldX(0), model.worldY(0), model.worldX(state.width), model.worldY(state.height)];
    const isAll = state.selected !== null;
    const found = firstOf(model, {
      from: isAll ? [-1, -1, 2, 2] : box, near: isAll ? middle : [state.x, state.y], key: strength,
      limit: isAll ? MOST_SEEDS : MOST_LISTED, marks: isAll ? marks : null,
    });
    inView = isAll ? firstOf(model, { from: box, near: [state.x, state.y], key: strength, limit: 1, marks: null }).count : found.count;
    const mostly = found.topic < 0 ? [] : [", mostly ", own(facts.topics[found.topic].label)];
    const what = isAll ? "selected" : "in view";
    element("in-view").replaceChildren(`${plural(found.count, "paper")} ${what}`, ...mostly);
    overlay.setAttribute("aria-label", element("in-view").textContent);
    element("list-name").textContent = isAll ? "Papers selected" : "Papers in view";
    list.set(found.first.slice(0, MOST_LISTED));
    if (isAll) offer(found);
    later("address", 120, keepAddress);
  }
  function pin(i) {
    state.pinned = i;
    state.hover = -1;
    renderer.redraw();
  }
  function goTo(i) {
    pin(i);
    view.flyToPaper(i);
  }

  // --- selection --------------------------------------------------------------------------------

  function setSelection(found) {
    state.selected = found ? marks : null;
    state.selectedCount = found;
    const box = found ? boxOf(model, marks) : null;
    if (box) middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    element("selection").hidden = !found;
    tree.mark(chosen, topicHits);
    renderer.reshade();
  }
  function offer({ count: papersFound, first, topic: mostly }) {
    const seeds = first.slice(0, MOST_SEEDS), suggested = facts.topics[chosen === null ? mostly : chosen];
    const part = papersFound > seeds.length ? `the first ${seeds.length.toLocaleString("en")} of ` : "";
    setForm.offer(seeds, part + plural(papersFound, "paper"), suggested ? suggested.label : "");
    const link = element("topic-page"), topic = chosen === null ? null : facts.topics[chosen];
    link.hidden = !topic;
    if (!topic) return;
    link.href = `/topics/${topic.id}`;
    link.replaceChildren("Topic page: ", own(topic.label));
  }
  function clear() {
    chosen = null;
    state.outline = null;
    setSelection(0);
  }
  function selectShape(corners) {
    chosen = null;
    setSelection(selectInside(model, corners, marks));
    if (!state.selectedCount) state.outline = null;
  }
  function chooseTopic(topic) {
    if (chosen === topic) { clear(); return; }
    chosen = topic;
    state.outline = null;
    setSelection(selectTopic(model, topic, marks));
    view.flyToTopic(topic);
  }
  function reselect() {
    if (state.outline) setSelection(selectInside(model, state.outline, marks));
    else if (chosen !== null) setSelection(selectTopic(model, chosen, marks));
  }
  element("clear").addEventListener("click", () => { clear(); surface.focus(); });
  element("fit").addEventListener("click", () => {
    const box = state.selected && boxOf(model, marks);
    if (box) view.flyToBox(...box);
  });
  for (const button of document.querySelectorAll("#tools button")) {
    button.addEventListener("click", () => {
      ({ tool } = button.dataset);
      for (const other of document.querySelectorAll("#tools button")) {
        other.setAttribute("aria-pressed", String(other === button));
      }
      surface.dataset.tool = tool;
    });
  }

  // --- colours ----------------------------------------------------------------------------------

  const layer = element("layer"), set = element("layer-set");
  const told = new Map();
  /** A number for each paper; each list is asked for once. */
  async function codesOf(path, note = "") {
    if (!told.has(path)) {
      say(note);
      told.set(path, new Uint8Array(await askBytes(path)));
      say("");
    }
    return told.get(path);
  }
  async function recolor() {
    by = layer.value;
    set.parentElement.hidden = by !== "score";
    strength = columns.strength;
    const asked = by + set.value, isWanted = () => asked === layer.value + set.value;
    let codes;
    try {
      if (by === "category") codes = await codesOf(`/api/map/categories?v=${version}`);
      if (by === "score") {
        const path = `/api/map/scores?v=${version}&set=${encodeURIComponent(set.value)}`;
        const scores = await codesOf(path, `Scoring ${plural(count, "paper")} for ${set.value}.`);
        if (!isWanted()) return;
        strength = scores;
        codes = Uint8Array.from(scores, (score) => (score ? 1 + (score >> 3) : 0));
      }
    } catch (error) {
      if (!isWanted()) return;           // another choice came while this one waited
      say(`No colours by ${by}: ${error.message}.`);
      layer.value = "topic";
      recolor();
      return;
    }
    if (!isWanted()) return;
    renderer.recolor(by, codes);
    section.style.background = paint.palette().ground;
    histogram.byYear(by === "year");
    histogram.draw();
    tree.paint(paint.palette());
    drawLegend();
  }
  layer.addEventListener("change", recolor);
  set.addEventListener("change", recolor);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor);
  new MutationObserver(recolor).observe(document.documentElement, { attributeFilter: ["data-theme"] });

  function drawLegend() {
    const legend = element("legend"), ratio = 2;
    legend.replaceChildren();
    const sign = (draw, text) => {
      const canvas = make("canvas", { width: 16 * ratio, height: 16 * ratio });
      draw(canvas.getContext("2d"));
      legend.append(make("span", {}, canvas, text));
    };
    const chosenColors = paint.palette();
    for (const [mark, name] of [[MARK.liked, "liked"], [MARK.disliked, "not for me"], [MARK.recent, "new"]]) {
      const marked = model.marked.filter((i) => columns.mark[i] === mark).length;
      if (marked) sign((context) => drawMark(context, mark, 16, 16, 9, chosenColors.rest, chosenColors), `${marked.toLocaleString("en")} ${name}`);
    }
    if (state.hits.length) sign((context) => drawMark(context, MARK.query, 16, 17, 9, chosenColors.rest, chosenColors), `${state.hits.length.toLocaleString("en")} found`);
    if (by === "category") {
      const dot = (color, text) => sign((context) => {
        context.fillStyle = color;
        context.arc(16, 16, 8, 0, 2 * Math.PI);
        context.fill();
      }, text);
      facts.categories.forEach((name, k) => dot(chosenColors.hues[k], name));
      dot(chosenColors.rest, "others");
    }
    if (!paint.isRamp) return;
    const bar = make("canvas", { width: 32, height: 1, className: "ramp" }), context = bar.getContext("2d");
    paint.list.slice(1).forEach((color, k) => { context.fillStyle = css(color); context.fillRect(k, 0, 1, 1); });
    const [low, high] = by === "year" ? [monthText(model.months.first).slice(0, 4), monthText(model.months.last).slice(0, 4)] : ["low", "high"];
    legend.append(make("span", {}, low, bar, high));
  }

  // --- months and search ------------------------------------------------------------------------

  const histogram = makeMonths(model, paint, { canvas: element("histogram"), from: element("from"), to: element("to"), span: element("span") }, () => {
    later("shade", 120, () => { reselect(); renderer.reshade(); });
    renderer.redraw();
  });
  element("months").hidden = model.bars.length < 2;

  /** Marks what is found, and goes to the next or the previous of it where `step` is 1 or -1. */
  async function find(text, step) {
    query = text.trim();
    turn = -1;
    finding.abort();
    finding = new AbortController();
    let places = [], note = "";
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    topicHits = [];
    if (words.length) {
      facts.topics.forEach((topic, t) => {
        const label = topic.label.toLowerCase();
        if (topic.papers && words.every((word) => label.includes(word))) topicHits.push(t);
      });
      try { places = (await ask(`/api/map/find?v=${version}&q=${encodeURIComponent(query)}`, finding.signal)).places; } catch (error) {
        if (error.name === "AbortError") return;
        note = `The search failed: ${error.message}.`;
      }
    }
    state.hits = Uint32Array.from(places);
    tree.mark(chosen, topicHits);
    if (words.length && !note) {
      const next = places.length + topicHits.length ? ". Enter goes to the next one." : ".";
      note = `${plural(places.length, "paper")}, ${plural(topicHits.length, "topic")}${next}`;
    }
    say(note);
    drawLegend();
    renderer.redraw();
    if (step) nextHit(step);
  }
  function nextHit(step) {
    const targets = [...topicHits.slice(0, 3).map((t) => [t, -1]), ...Array.from(state.hits.filter(model.isShown), (i) => [-1, i])];
    if (!targets.length) return;
    turn = turn < 0 ? (step > 0 ? 0 : targets.length - 1) : (turn + step + targets.length) % targets.length;
    const [topic, paper] = targets[turn];
    if (paper >= 0) goTo(paper); else view.flyToTopic(topic);
  }
  const field = element("find-text");
  field.addEventListener("input", () => later("find", 180, () => find(field.value, 0)));
  function findNext(event, step) {
    event.preventDefault();
    forget("find");
    if (field.value.trim() === query) nextHit(step); else find(field.value, step);
  }
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey) findNext(event, -1);
    if (event.key !== "Escape") return;
    field.value = "";
    find("", 0);
  });
  element("find").addEventListener("submit", (event) => findNext(event, 1));

  // --- address ----------------------------------------------------------------------------------

  let reading = null;                    // the address that is being gone to
  function keepAddress() {
    const pinned = state.pinned >= 0 && papers.known(state.pinned), isFiltered = model.isFiltered();
    // Until its id is known, a paper that is pinned stands only in the address that led to it.
    if (reading || state.pinned >= 0 && !pinned) return;
    const hash = writeAddress({
      x: state.x, y: state.y, zoom: state.scale / model.fitScale(), by, set: by === "score" ? set.value : "",
      from: isFiltered ? monthText(state.from) : "", to: isFiltered ? monthText(state.to) : "",
      topic: chosen === null ? null : facts.topics[chosen].id, query, paper: pinned ? pinned.id : "",
    });
    if (hash !== location.hash) history.replaceState(null, "", hash);
  }
  /** Goes where an address leads, until another one is gone to. */
  async function useAddress(hash) {
    const address = reading = readAddress(hash);
    try { await goToAddress(address, () => address === reading); } finally {
      if (address === reading) {
        reading = null;
        later("address", 120, keepAddress);
      }
    }
  }
  async function goToAddress(address, isWanted) {
    view.stop();
    if (!address.paper) pin(-1);
    measure();
    Object.assign(state, address.isPlaced ? { x: address.x, y: address.y, scale: model.fitScale() * address.zoom } : model.home());
    if (model.months) histogram.set(monthNumber(address.from) || model.months.first, monthNumber(address.to) || model.months.last);
    if ([...layer.options].some((option) => option.value === address.by)) layer.value = address.by;
    if ([...set.options].some((option) => option.value === address.set)) set.value = address.set;
    chosen = null;
    const topic = facts.topics.findIndex((one) => one.id === address.topic);
    if (topic >= 0) { chosen = topic; setSelection(selectTopic(model, topic, marks)); } else clear();
    await recolor();
    if (!isWanted()) return;
    let searched = null;
    if (address.query !== query) { field.value = address.query; searched = find(address.query, 0); }
    if (!address.paper) return;
    let paper, note = "That paper is not on the map.";
    try { [paper] = (await ask(`/api/map/find?v=${version}&id=${encodeURIComponent(address.paper)}`)).places; } catch (error) {
      if (error.status !== 400) note = `That paper could not be found: ${error.message}.`;
    }
    if (paper === undefined) await searched;   // which says something there, too
    if (!isWanted()) return;
    if (paper === undefined) say(note);
    else if (address.zoom === 1) goTo(paper); else pin(paper);
  }
  addEventListener("hashchange", ({ newURL }) => {
    // The address of the page may be that of the view again by now.
    const { hash } = new URL(newURL);
    if (isAddress(hash)) useAddress(hash);
  });

  makeInput(model, renderer, view, surface, {
    pin: (i) => { if (i < 0 && state.pinned < 0) clear(); else pin(i); },
    hover: (i) => { state.hover = i; renderer.redraw(); },
    tool: () => tool,
    select: selectShape,
    enter: () => { const link = element("papers").querySelector("a"); if (link) link.focus(); },
  });
  /** How large the map is and how much of it the tools cover; where all of it was seen, it still is. */
  function measure() {
    const { x, y, scale } = model.home();
    const isHome = Math.abs(state.scale / scale - 1) < 1e-6 && Math.hypot(state.x - x, state.y - y) < 1e-6;
    renderer.measure();
    const { top, bottom } = section.getBoundingClientRect(), most = state.height * 0.2;
    const above = document.querySelector(".map-top").getBoundingClientRect(), below = document.querySelector(".map-bottom").getBoundingClientRect();
    state.covered = { top: Math.min(most, above.bottom - top), bottom: Math.min(most, bottom - below.top) };
    if (isHome) Object.assign(state, model.home());
  }
  new ResizeObserver(() => { measure(); histogram.draw(); renderer.redraw(); }).observe(section);
  Promise.all(['600 16px "Map Sans"', '400 16px "Map Sans"'].map((face) => document.fonts.load(face)))
    .then(() => { renderer.forgetLabels(); renderer.redraw(); });

  window.kindredMap = Object.freeze({
    get count() { return count; },
    get inView() { return inView; },
    get selected() { return state.selectedCount; },
    get hits() { return state.hits.length; },
    get pinned() { return state.pinned; },
    get center() { return [state.x, state.y]; },
    get zoom() { return state.scale / model.fitScale(); },
    get frames() { return renderer.frames(); },
    /** Whether nothing is under way or about to be: no request, no timer, no frame, no flight. */
    get isResting() { return pending + timers.size === 0 && renderer.isStill() && !view.isFlying(); },
    /** Where a paper is on the screen, in pixels of the map. */
    place: (i) => [model.screenX(model.placeX(i)), model.screenY(model.placeY(i))],
    /** Draws so many frames at once, moving by a pixel each, and says how many milliseconds one took. */
    timeFrames: (times) => {
      const start = performance.now();
      for (let n = 0; n < times; n++) { state.x += (n % 2 ? -1 : 1) / state.scale; renderer.drawNow(false); }
      return (performance.now() - start) / times;
    },
    /** Marks what lies in a closed line and says how many papers that are; shows nothing. */
    countInside: (corners) => selectInside(model, corners, new Uint8Array(count)),
  });
  await useAddress(location.hash);
  section.dataset.state = "ready";
}

const section = element("map");
if (section && section.dataset.version) {
  element("outdated").querySelector("button").addEventListener("click", () => location.reload());
  start(section).catch((error) => {
    section.dataset.state = "failed";
    element("in-view").textContent = `The map could not be drawn: ${error.message}. The topics beside it work all the same.`;
  });
}
