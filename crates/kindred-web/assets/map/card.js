// The card of the paper that is pointed at or pinned. On narrow screens it lies at the bottom.

/**
 * @param {ReturnType<typeof makeModel>} model
 * @param {ReturnType<typeof makePapersByPlace>} papers
 * @param {{card: HTMLElement, actions: HTMLElement, close: () => void, rated: () => void}} parts
 *   `actions` are shown on a pinned card; `rated` is called after a rating
 */
function makeCard(model, papers, { card, actions, close, rated }) {
  const { state, columns } = model;
  const title = card.querySelector(".title"), detail = card.querySelector(".detail"), topic = card.querySelector(".topic");
  const button = card.querySelector(".close"), said = element("card-said");
  let shown = -1, isPinned = false, timer = 0, asking = new AbortController();
  button.addEventListener("click", close);

  function fill(i) {
    const paper = papers.known(i);
    const name = paper ? paper.title.trim() || paper.id : "\u2026";
    title.replaceChildren(paper ? make("a", { href: paper.href }, own(name)) : name);
    const words = ["", "new", "not for me", "liked", "found"][columns.mark[i]];
    const parts = [paper ? paper.id : "", monthText(columns.month[i]), words].filter(Boolean);
    detail.replaceChildren(own(parts.join(" \u00b7 ")));
    const loosely = columns.strength[i] < 5 ? " (loosely)" : "";
    topic.replaceChildren(columns.topic[i] === NONE ? "" : own(model.topicText(columns.topic[i]) + loosely));
    actions.hidden = !isPinned || !paper;
    if (actions.hidden) return;
    for (const input of actions.querySelectorAll("input[name=id]")) input.value = paper.id;
    actions.querySelector("[data-page=paper]").href = paper.href;
    actions.querySelector("[data-page=similar]").href = paper.similar;
    for (const [value, mark] of [["like", MARK.liked], ["dislike", MARK.disliked]]) {
      actions.querySelector(`[data-rating=${value}]`).setAttribute("aria-pressed", String(columns.mark[i] === mark));
    }
  }

  // Forms are sent without leaving the map; a button that is pressed takes its rating back.
  for (const rate of actions.querySelectorAll("[name=rating]")) rate.dataset.rating = rate.value;
  for (const form of actions.querySelectorAll("form")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form, event.submitter, shown).catch((error) => { said.textContent = `Not kept: ${error.message}.`; });
    });
  }
  async function send(form, pressed, i) {
    const fields = new URLSearchParams(new FormData(form));
    let mark = MARK.liked;
    if (pressed.dataset.rating) {
      const isBack = pressed.getAttribute("aria-pressed") === "true";
      fields.set("rating", isBack ? "none" : pressed.dataset.rating);
      mark = isBack ? MARK.none : pressed.dataset.rating === "like" ? MARK.liked : MARK.disliked;
    }
    const response = await fetch(form.action, {
      method: "POST", body: fields, redirect: "manual", headers: { "x-kindred-part": "1", accept: "application/json" },
    });
    if (!response.ok && response.type !== "opaqueredirect") throw new Error(await failure(response));
    model.setMark(i, mark);
    const set = fields.get("new")?.trim() || fields.get("set");
    said.textContent = { [MARK.none]: "Rating taken back", [MARK.liked]: `Liked in ${set}`, [MARK.disliked]: `Not for me, in ${set}` }[mark];
    if (form.parentElement.open) form.parentElement.open = false;
    if (shown === i) fill(i);
    rated();
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
          timer = setTimeout(() => {
            papers.one(i, signal).then(() => { if (shown === i) { fill(i); place(i); } }, () => {});
          }, pins ? 0 : 60);
        }
      }
    }
    if (i >= 0) place(i);
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
