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

/** @param {string} path @param {AbortSignal} [signal] */
async function ask(path, signal) {
  const response = await fetch(path, { signal, headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(await failure(response));
  return response.json();
}

/** What a failed answer says. */
async function failure(response) {
  const told = await response.json().catch(() => null);
  return told && told.message ? told.message : `the server answered ${response.status}`;
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
    if (!known.has(i)) keep([await ask(`/api/v1/map/point/${i}?v=${version}`, signal)]);
    return known.get(i);
  }

  /** The papers at these places, in that order; at most 50. */
  async function many(places, signal) {
    const missing = places.filter((i) => !known.has(i));
    if (missing.length) keep((await ask(`/api/v1/map/papers?v=${version}&i=${missing.join(",")}`, signal)).papers);
    return places.map((i) => known.get(i)).filter(Boolean);
  }
  return { one, many, known: (i) => known.get(i) };
}
