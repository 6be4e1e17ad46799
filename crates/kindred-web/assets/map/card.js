// The card of the paper that is pointed at or pinned. On narrow screens it lies at the bottom.

/**
 * @param {ReturnType<typeof makeModel>} model
 * @param {ReturnType<typeof makePapersByPlace>} papers
 * @param {ReturnType<typeof makeRatings>} ratings
 * @param {{card: HTMLElement, actions: HTMLElement, close: () => void, known: () => void, rated: () => void, say: (text: string) => void}} parts
 *   `actions` are shown on a pinned card; `known` is called once the paper of a card has been read,
 *   `rated` after a rating; `say` tells what its card can no longer tell
 */
function makeCard(model, papers, ratings, { card, actions, close, known, rated, say }) {
  const { state, columns } = model;
  const title = card.querySelector(".title"), detail = card.querySelector(".detail"), topic = card.querySelector(".topic");
  const button = card.querySelector(".close"), said = element("card-said");
  const ownSet = actions.querySelector("#card-rate").elements.set.value;
  let shown = -1, isPinned = false, timer = 0, asking = new AbortController();
  button.addEventListener("click", close);

  function fill(i) {
    const paper = papers.known(i);
    const name = paper ? paper.title.trim() || paper.id : "\u2026";
    title.replaceChildren(paper ? make("a", { href: paper.href }, own(name)) : name);
    const words = ["", "new", "not for me", "liked"], mark = columns.mark[i], rating = ratings.own(i);
    const ofOthers = mark === rating ? "" : words[mark] + (mark === MARK.recent ? "" : " in another set");
    const parts = [paper ? paper.id : "", monthText(columns.month[i]), words[rating], ofOthers].filter(Boolean);
    detail.replaceChildren(own(parts.join(" \u00b7 ")));
    const loosely = columns.strength[i] < 5 ? " (loosely)" : "";
    topic.replaceChildren(columns.topic[i] === NONE ? "" : own(model.topicText(columns.topic[i]) + loosely));
    actions.hidden = !isPinned || !paper;
    if (actions.hidden) return;
    for (const input of actions.querySelectorAll("input[name=id]")) input.value = paper.id;
    actions.querySelector("[data-page=paper]").href = paper.href;
    actions.querySelector("[data-page=similar]").href = paper.similar;
    for (const [value, mark] of [["like", MARK.liked], ["dislike", MARK.disliked]]) {
      actions.querySelector(`[data-rating=${value}]`).setAttribute("aria-pressed", String(rating === mark));
    }
  }

  // Forms are sent without leaving the map; a button that is pressed takes its rating back.
  for (const choice of actions.querySelectorAll("[name=rating]")) choice.dataset.rating = choice.value;
  for (const form of actions.querySelectorAll("form")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const i = shown;
      rate(form, event.submitter, i).catch((error) => {
        const text = `Not kept: ${error.message}.`;
        if (isOf(i)) said.textContent = text; else say(`${papers.known(i).id}: ${text}`);
      });
    });
  }
  /** Whether the card still shows a paper that was pinned. */
  const isOf = (i) => isPinned && shown === i;
  async function rate(form, pressed, i) {
    const fields = new URLSearchParams(new FormData(form));
    let mark = MARK.liked;
    if (pressed.dataset.rating) {
      const isBack = pressed.getAttribute("aria-pressed") === "true";
      fields.set("rating", isBack ? "none" : pressed.dataset.rating);
      mark = isBack ? MARK.none : pressed.dataset.rating === "like" ? MARK.liked : MARK.disliked;
    }
    await send(form, fields);
    const set = fields.get("new")?.trim() || fields.get("set");
    model.setMark(i, ratings.rate(i, set === ownSet, mark));
    rated();
    if (shown === i) fill(i);
    if (!isOf(i)) return;
    said.textContent = { [MARK.none]: "Rating taken back", [MARK.liked]: `Liked in ${set}`, [MARK.disliked]: `Not for me, in ${set}` }[mark];
    if (form.parentElement.open) form.parentElement.open = false;
  }

  function show() {
    const i = state.pinned >= 0 ? state.pinned : state.hover, pins = state.pinned >= 0;
    if (i !== shown || pins !== isPinned) {
      shown = i;
      isPinned = pins;
      clearTimeout(timer);
      asking.abort();
      card.hidden = i < 0;
      card.classList.toggle("pinned", pins);
      button.hidden = !pins;
      said.textContent = "";
      if (i >= 0) {
        fill(i);
        asking = new AbortController();
        const { signal } = asking;
        if (!papers.known(i)) {
          timer = setTimeout(read, pins ? 0 : 60, i, signal);
        }
      }
    }
    if (i >= 0) place(i);
  }

  async function read(i, signal) {
    let failed = "";
    await papers.one(i, signal).catch((error) => { failed = `The paper could not be read: ${error.message}.`; });
    if (signal.aborted) return;
    if (failed) title.textContent = failed; else fill(i);
    place(i);
    if (!failed) known();
  }

  function place(i) {
    const x = model.screenX(model.placeX(i)), y = model.screenY(model.placeY(i));
    const w = card.offsetWidth, h = card.offsetHeight;
    let left = x + 14, top = y + 14;
    if (left + w > state.width - 8) left = x - 14 - w;
    if (top + h > state.height - 8) top = y - 14 - h;
    left = Math.max(8, Math.min(state.width - w - 8, left));
    top = Math.max(8, Math.min(state.height - h - 8, top));
    card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
  return { show };
}
