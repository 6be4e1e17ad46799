// @ts-check
// Keys, ratings without a new page, progress. Every page works without it; whatever it does, a link
// or a button of the page does, and what it puts in comes from this server and is adopted, not
// written as text.
"use strict";
(() => {
  const HEADER = { "X-Kindred-Part": "1" };
  const status = document.getElementById("status");

  let hiding = 0;

  /** @param {string} text Tells it to those who listen, also if it was told before, and shows it. */
  function tell(text) {
    if (!status) return;
    status.textContent = status.textContent === text ? `${text}\u00a0` : text;
    status.classList.replace("unseen", "toast");
    clearTimeout(hiding);
    hiding = setTimeout(() => status.classList.replace("toast", "unseen"), 6000);
  }

  /** @param {string} html @returns {Document} */
  const parsed = (html) => new DOMParser().parseFromString(html, "text/html");

  /** @param {Element | null | undefined} element @returns {boolean} */
  const isShown = (element) => !!element && element.getClientRects().length > 0;

  // Papers, one after the other.

  const papers = () => /** @type {HTMLElement[]} */ (
    [...document.querySelectorAll("article[data-id]")].filter(isShown));

  /** @returns {HTMLElement | null} The paper that keys act on. */
  function current() {
    const within = document.activeElement?.closest("article[data-id]");
    return /** @type {HTMLElement | null} */ (
      within || document.querySelector("article[data-id][aria-current]") ||
      document.querySelector("article.sheet[data-id]") ||
      (papers().length === 1 ? papers()[0] : null));
  }

  /** @param {HTMLElement} paper */
  function go(paper) {
    for (const other of document.querySelectorAll("article[aria-current]")) other.removeAttribute("aria-current");
    paper.setAttribute("aria-current", "true");
    const target = /** @type {HTMLElement | null} */ (paper.querySelector("h3 a, h1 a, h1"));
    target?.focus({ preventScroll: true });
    paper.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} by */
  function step(by) {
    const all = papers();
    if (!all.length) return;
    const now = current();
    let place = now ? all.indexOf(now) : -1;
    if (place < 0 && by < 0) place = 0;
    go(all[Math.min(all.length - 1, Math.max(0, place + by))]);
  }

  // Ratings.

  /** @type {{name: string, before: string}[]} Parts that were changed and what they were before, the last at the end. */
  const changes = [];

  /** Changes are sent one after the other, each for the part that the one before it left. */
  let queue = Promise.resolve();

  /** @param {() => Promise<void>} work */
  function inTurn(work) {
    queue = queue.then(work).catch((error) => tell(`Not saved: ${error.message}`));
  }

  /** @param {string} name @returns {HTMLElement | null} */
  const part = (name) => document.querySelector(`[data-part="${CSS.escape(name)}"]`);

  /**
   * Presses a button of a part, if the part still has it.
   * @param {string} name @param {string} button
   * @param {string} [before] What to bring back, whether the part has a button for that or not.
   */
  async function rate(name, button, before) {
    const old = part(name);
    const form = /** @type {HTMLFormElement | null | undefined} */ (old?.querySelector("form.rate"));
    const pressed = /** @type {HTMLButtonElement | null | undefined} */ (form?.querySelector(button));
    if (!old || !form || !pressed && before === undefined) return;
    const fields = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    if (before !== undefined) fields.set("undo", before);
    else if (pressed) fields.set(pressed.name, pressed.value);
    old.setAttribute("aria-busy", "true");
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: fields, headers: HEADER });
    } catch {
      old.removeAttribute("aria-busy");
      return tell("Not saved: the server does not answer. Is kindred serve running?");
    }
    const page = parsed(await answer.text());
    const fresh = page.querySelector("[data-part]");
    if (!answer.ok || !fresh) {
      old.removeAttribute("aria-busy");
      const why = page.querySelector(".failure p")?.textContent || answer.statusText;
      return tell(`Not saved: ${why}`);
    }
    const hadFocus = old.contains(document.activeElement);
    const adopted = /** @type {HTMLElement} */ (document.adoptNode(fresh));
    old.replaceWith(adopted);
    const value = adopted.dataset.rated || "none";
    const card = adopted.closest("article");
    card?.classList.toggle("folded", card.classList.contains("card") && value === "dislike");
    if (hadFocus) {
      // Undo is gone once it was used.
      const again = adopted.querySelector(button) || adopted.querySelector("button");
      /** @type {HTMLElement | null} */ (again)?.focus({ preventScroll: true });
    }
    const title = card?.querySelector("h1, h3")?.textContent?.trim() || "the paper";
    const undo = /** @type {HTMLButtonElement | null} */ (adopted.querySelector("button.undo"));
    if (fields.has("undo")) {
      const place = changes.map((change) => change.name).lastIndexOf(name);
      if (place >= 0) changes.splice(place, 1);
      tell(`Undone: ${title}`);
    } else {
      if (undo) changes.push({ name, before: undo.value });
      const said = value === "like" ? "Liked" : value === "dislike" ? "Not for me" : "Rating taken back";
      tell(`${said}: ${title}. Undo with u`);
    }
    const update = document.getElementById("update");
    if (update?.hidden) {
      const line = update.querySelector("[data-since]");
      if (line) line.textContent = "You rated papers since this ranking";
      update.hidden = false;
    }
  }

  /** Undoes the last change of this page, else the one that the current paper can undo. */
  const undo = () => inTurn(async () => {
    while (changes.length && !part(changes[changes.length - 1].name)) changes.pop();
    const last = changes[changes.length - 1];
    if (last) return rate(last.name, "button.undo", last.before);
    const button = current()?.querySelector("button.undo");
    const name = /** @type {HTMLElement | null | undefined} */ (button?.closest("[data-part]"))?.dataset.part;
    if (name) return rate(name, "button.undo");
    tell("Nothing to undo on this page");
  });

  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const name = /** @type {HTMLElement | null} */ (form.closest("[data-part]"))?.dataset.part;
    if (!form.matches(".rate") || !name) return;
    event.preventDefault();
    const key = event.submitter?.dataset.key;
    inTurn(() => rate(name, key ? `[data-key="${key}"]` : ".take-back"));
  });

  // Keys.

  async function copyBibtex() {
    const link = /** @type {HTMLAnchorElement | null} */ (current()?.querySelector('[data-key="y"]'));
    if (!link) return;
    try {
      const answer = await fetch(link.href);
      if (!answer.ok) throw new Error(answer.statusText);
      await navigator.clipboard.writeText(await answer.text());
      tell("BibTeX copied");
    } catch {
      location.assign(link.href);
    }
  }

  /** @type {HTMLDialogElement | null} */
  let list = null;

  async function help() {
    if (!list) {
      const answer = await fetch("/help");
      const keys = parsed(await answer.text()).getElementById("keys");
      if (!keys) return location.assign("/help");
      list = document.createElement("dialog");
      list.setAttribute("aria-label", "Keys");
      const form = document.createElement("form");
      form.method = "dialog";
      const close = document.createElement("button");
      close.textContent = "Close";
      form.append(close);
      list.append(document.adoptNode(keys), form);
      document.body.append(list);
    }
    if (list.open) list.close(); else list.showModal();
  }

  /** @param {string} key @returns {boolean} Whether something of the current paper has the key. */
  function press(key) {
    const found = current()?.querySelector(`[data-key="${key}"]`);
    const target = /** @type {HTMLElement | null} */ (found);
    if (!target || !isShown(target)) return false;
    target.click();
    if (key === "b") /** @type {HTMLElement | null} */ (target.closest("details[open]")?.querySelector("select"))?.focus();
    return true;
  }

  /** @param {string} relation */
  const follow = (relation) =>
    /** @type {HTMLElement | null} */ (document.querySelector(`main a[rel="${relation}"]`))?.click();

  /** @param {string} path The start of where an entry of the navigation leads. */
  const visit = (path) => {
    const entries = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll(".top nav a")]);
    entries.find((entry) => path === "feed" ? entry.textContent?.startsWith("Feed") : entry.pathname === path)?.click();
  };

  /** @type {Record<string, () => unknown>} */
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    u: undo,
    y: copyBibtex,
    "[": () => follow("prev"),
    "]": () => follow("next"),
    "?": help,
    "/": () => {
      const field = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="q"]'));
      field?.focus();
      field?.select();
    },
  };
  /** @type {Record<string, string>} */
  const places = { f: "feed", m: "/map", i: "/import" };
  let isGoing = 0;

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    // A key that is held goes through papers and does nothing else twice.
    if (event.repeat && !"jk".includes(event.key)) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key === "Escape") {
      const open = target.closest?.("details[open]");
      if (open) {
        open.removeAttribute("open");
        /** @type {HTMLElement | null} */ (open.querySelector("summary"))?.focus();
      } else target.blur?.();
      return;
    }
    if (document.body.dataset.keys === "off" || list?.open && event.key !== "?") return;
    const isTyping = target.matches?.('input:not([type="checkbox"], [type="radio"], [type="submit"]), textarea, select, [contenteditable]');
    if (isTyping || target.closest?.("[data-own-keys]")) return;
    if (event.timeStamp < isGoing && places[event.key]) {
      isGoing = 0;
      event.preventDefault();
      return visit(places[event.key]);
    }
    isGoing = event.key === "g" ? event.timeStamp + 1500 : 0;
    const known = keys[event.key];
    if (known) {
      event.preventDefault();
      known();
    } else if ("lxbaspmo".includes(event.key) && event.key.length === 1) {
      if (press(event.key)) event.preventDefault();
    }
  });

  // What a form lacks is shown, also where it is folded.
  document.addEventListener("invalid", (event) => {
    /** @type {Element} */ (event.target).closest("details")?.setAttribute("open", "");
  }, true);

  // Files that are dropped on a form instead of chosen in it.

  for (const found of document.querySelectorAll("form[data-drop]")) {
    const form = /** @type {HTMLFormElement} */ (found);
    const field = /** @type {HTMLInputElement | null} */ (form.querySelector("input[type=file]"));
    form.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.classList.add("over");
    });
    form.addEventListener("dragleave", (event) => {
      if (!form.contains(/** @type {Node | null} */ (event.relatedTarget))) form.classList.remove("over");
    });
    form.addEventListener("drop", (event) => {
      form.classList.remove("over");
      if (!field || !event.dataTransfer?.files.length) return;
      event.preventDefault();
      field.files = event.dataTransfer.files;
    });
  }

  // Progress of what is under way.

  for (const found of document.querySelectorAll("[data-events]")) {
    const box = /** @type {HTMLElement} */ (found);
    const bar = box.querySelector("progress");
    const name = box.querySelector("[data-step]");
    const lines = box.querySelector("[data-lines]");
    const events = new EventSource(box.dataset.events || "");
    /** @param {MessageEvent} event */
    const show = (event) => {
      const job = JSON.parse(event.data);
      const done = job.done > 0 || job.total > 0 ? `: ${job.done.toLocaleString("en")}` : "";
      const all = job.total > 0 ? ` of ${job.total.toLocaleString("en")}` : "";
      if (name) name.textContent = job.step + done + all;
      if (bar && job.total > 0) {
        bar.max = job.total;
        bar.value = job.done;
      } else bar?.removeAttribute("value");
      if (lines && job.lines) {
        lines.replaceChildren(...job.lines.map((/** @type {string} */ text) => {
          const line = document.createElement("li");
          line.textContent = text;
          return line;
        }));
      }
      if (job.state && job.state !== "running") {
        events.close();
        location.reload();
      }
    };
    events.addEventListener("message", show);
  }
})();
