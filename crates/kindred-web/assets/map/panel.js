// The panel: the tree of topics, what is selected, and the list of papers in view or selected.

const PAGE = 50;

/**
 * Turns the links of the tree into buttons that show a topic on the map, and folds it up.
 * @param {HTMLElement} tree
 * @param {(topic: number) => void} choose given a place in the list of topics
 */
function makeTree(model, tree, choose) {
  const { facts } = model;
  const placeOf = new Map(facts.topics.map((topic, place) => [String(topic.id), place]));
  const buttons = new Map();
  for (const link of tree.querySelectorAll("a[data-topic]")) {
    const place = placeOf.get(link.dataset.topic);
    if (place === undefined || !facts.topics[place].papers) continue;
    const button = make("button", { type: "button", className: link.className }, ...link.childNodes);
    button.dataset.topic = link.dataset.topic;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => choose(place));
    link.replaceWith(button);
    buttons.set(place, button);
  }
  for (const fold of tree.querySelectorAll("button.fold")) {
    const list = fold.parentElement.querySelector("ul");
    fold.hidden = false;
    fold.addEventListener("click", () => setOpen(fold, list, list.hidden));
    setOpen(fold, list, false);
  }

  function setOpen(fold, list, isOpen) {
    list.hidden = !isOpen;
    fold.setAttribute("aria-expanded", String(isOpen));
  }
  function reveal(place) {
    const button = buttons.get(place);
    if (!button) return;
    for (let list = button.closest("ul"); list && list.parentElement.matches("li"); list = list.parentElement.closest("ul")) {
      setOpen(list.parentElement.querySelector(".fold"), list, true);
    }
  }
  function paint(palette) {
    for (const [place, button] of buttons) {
      const { hue } = facts.topics[place];
      button.querySelector("i").style.background = hue === null ? palette.rest : palette.hues[hue];
    }
  }
  /** Says which topic is chosen and which were found. */
  function mark(chosen, hits) {
    for (const [place, button] of buttons) {
      button.setAttribute("aria-pressed", String(place === chosen));
      button.classList.toggle("hit", hits.includes(place));
    }
    if (chosen !== null) reveal(chosen);
    if (hits.length <= 40) hits.forEach(reveal);
  }
  return { paint, mark };
}

/**
 * The list of papers, filled page by page.
 * @param {ReturnType<typeof makePapersByPlace>} papers
 * @param {{list: HTMLElement, more: HTMLButtonElement}} parts
 * @param {(i: number) => void} show
 */
function makeList(papers, { list, more }, show) {
  let asking = new AbortController(), wanted = /** @type {number[]} */ ([]), shown = 0;

  function row(paper) {
    const link = make("a", { href: paper.href, className: "title" }, own(paper.title.trim() || paper.id));
    const button = make("button", { type: "button", className: "locate", textContent: "Show" });
    button.setAttribute("aria-label", `Show ${paper.id} on the map`);
    button.addEventListener("click", () => show(paper.i));
    const about = [paper.id, paper.date].filter(Boolean).join(" \u00b7 ");
    return make("li", {}, link, make("small", {}, own(about), " ", button));
  }
  async function append() {
    const page = wanted.slice(shown, shown + PAGE), { signal } = asking;
    more.hidden = true;
    list.querySelector(".failed")?.remove();
    try {
      const rows = (await papers.many(page, signal)).map(row);
      if (signal.aborted) return;
      const isFocused = list.contains(document.activeElement);
      if (shown === 0) list.replaceChildren(...rows); else list.append(...rows);
      // Whoever reads the list stays in it.
      if (isFocused && !list.contains(document.activeElement)) list.querySelector("a, button")?.focus();
      shown += page.length;
      more.hidden = shown >= wanted.length;
    } catch (error) {
      if (signal.aborted) return;
      if (shown === 0) list.replaceChildren();
      list.append(make("li", { className: "failed", textContent: `The papers could not be read: ${error.message}.` }));
      more.hidden = false;
    }
  }
  more.addEventListener("click", async () => {
    const first = shown;
    await append();
    (list.children[first]?.querySelector("a") || more).focus();
  });
  /** @param {number[]} places of papers, first page first */
  function set(places) {
    if (places.length === wanted.length && places.every((i, k) => i === wanted[k])) return;
    asking.abort();
    asking = new AbortController();
    wanted = places;
    shown = 0;
    append();
  }
  return { set };
}

/**
 * The form that makes a seed set of papers, or adds them to one. It is sent without leaving the map,
 * so that what is selected stays where the server refuses.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} failed says why there is no set
 * @param {(error: Error) => void} refused
 */
function makeSetForm(form, failed, refused) {
  const { name, set, papers } = form.elements, button = form.querySelector("button");
  let what = "", isSending = false;

  function show() {
    const added = set ? set.value : "";
    name.disabled = name.parentElement.hidden = added !== "";
    button.textContent = added ? `Add ${what} to ${added}` : `Make seed set from ${what}`;
  }
  name.addEventListener("input", () => { name.dataset.isOwn = "true"; });
  if (set) set.addEventListener("change", show);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    failed.hidden = true;
    try {
      location.assign(await send(form, new URLSearchParams(new FormData(form))));
    } catch (error) {
      failed.textContent = `${set && set.value ? "Not added" : "Not made"}: ${error.message}.`;
      failed.hidden = false;
      refused(error);
    }
    isSending = false;
  });
  /** @param {number[]} places of the papers @param {string} text how many @param {string} label after which a set may be named */
  function offer(places, text, label) {
    const chosen = places.join(",");
    if (chosen !== papers.value) failed.hidden = true;
    papers.value = chosen;
    what = text;
    if (!name.dataset.isOwn) name.value = setName(label);
    show();
  }
  return { offer };
}
