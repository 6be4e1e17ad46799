// What is asked of the server, and the small parts that pages are made of. Texts are only ever set
// as text.

const element = (id) => document.getElementById(id);

/** @param {string} name @param {object} properties @param {(Node | string)[]} children */
function make(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Text of a paper's own, whatever its direction, changes nothing around it. */
const own = (text) => make("bdi", { textContent: text });

let pending = 0;                         // requests that are under way

/**
 * Sends a request and reads its answer. What is refused is an error with the server's words, and
 * with the status; where the map is another one by now, the page offers to be loaded anew.
 * @param {string} path @param {RequestInit} options @param {(response: Response) => any} read
 */
async function request(path, options, read) {
  pending++;
  try {
    const response = await fetch(path, { ...options, headers: { accept: "application/json", ...options.headers } });
    if (response.ok) return await read(response);
    const text = await response.text();
    const { code, message } = text.startsWith("{") ? JSON.parse(text) : { message: sentence(text) };
    if (code === "conflict") element("outdated").hidden = false;
    throw Object.assign(new Error(message || `the server answered ${response.status}`), { status: response.status });
  } finally {
    pending--;
  }
}
/** What a page that is no answer says, as part of a sentence. */
function sentence(text) {
  const said = new DOMParser().parseFromString(text, "text/html").querySelector(".failure p");
  return said && said.textContent.replace(/\.$/, "");
}

/** @param {string} path @param {AbortSignal} [signal] */
const ask = (path, signal) => request(path, { signal }, (response) => response.json());
const askBytes = (path) => request(path, {}, (response) => response.arrayBuffer());

/** Sends a form without leaving the map; returns the address that the server leads to. */
async function send(form, fields) {
  const address = await request(form.action, { method: "POST", body: fields, headers: { "x-kindred-part": "1" } }, (response) => response.url);
  // Where the token has to be shown again, every page leads there.
  if (new URL(address).pathname === "/enter") throw new Error("this browser has to show the token again; open any page in another tab");
  return address;
}

/**
 * @typedef {{i: number, id: string, title: string, href: string, similar: string, date: ?string}} MapPaper
 */

/** Papers by their place on the map, each asked for once while it is remembered. */
function makePapersByPlace(version, most = 2000) {
  /** @type {Map<number, MapPaper>} */ const known = new Map();

  function keep(papers) {
    for (const paper of papers) known.set(paper.i, paper);
    for (const i of known.keys()) {
      if (known.size <= most) break;
      known.delete(i);
    }
  }

  /** @param {number} i @param {AbortSignal} [signal] */
  async function one(i, signal) {
    if (!known.has(i)) keep([await ask(`/api/map/point/${i}?v=${version}`, signal)]);
    return known.get(i);
  }

  /** The papers at these places, in that order; at most 50. */
  async function many(places, signal) {
    const missing = places.filter((i) => !known.has(i));
    if (missing.length) keep((await ask(`/api/map/papers?v=${version}&i=${missing.join(",")}`, signal)).papers);
    return places.map((i) => known.get(i)).filter(Boolean);
  }
  return { one, many, known: (i) => known.get(i) };
}
