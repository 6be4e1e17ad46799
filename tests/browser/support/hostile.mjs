// Hostile strings, and what must be seen of them.

import { readFileSync } from "node:fs";

/** @type {{name: string, text: string}[]} */
export const HOSTILE = JSON.parse(readFileSync(new URL("../hostile.json", import.meta.url), "utf8"));

/** Text in which nothing can be read as TeX: it is shown as it is. */
export const isPlain = (text) => !/[$\\~]|``|''|--/.test(text);

/** White space of Unicode; no-break spaces are kept where they are shown. */
const SPACES = /[\t-\r \u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;
const ALL_SPACES = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;
/** Control characters, but for those that separate words. */
const CONTROLS = /[\0-\x08\v\f\x0e-\x1f\x7f-\x84\x86-\x9f]/gu;
/** What shows nothing and steers what is around it. */
const STEERING = /[\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

const isNoCharacter = (letter) => {
  const code = letter.codePointAt(0);
  return (code & 0xfffe) === 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
};

/**
 * A text of a paper as pages show it, by the rules of `kindred-ingest` (no control characters,
 * single spaces, normal form C) and of `kindred_digest::tidy` (nothing that steers its neighbours,
 * U+FFFD for what is no character).
 */
export function normal(text) {
  return text.replace(CONTROLS, "").replace(ALL_SPACES, " ").trim().normalize("NFC")
    .replace(STEERING, "").replace(SPACES, " ")
    .replace(/./gsu, (letter) => (isNoCharacter(letter) ? "\ufffd" : letter)).trim();
}

/** Elements that pages are made of; MathML's are those that `kindred-tex` writes. */
const ELEMENTS = `a article aside bdi body br button canvas code dd details dialog div dl dt fieldset footer form h1 h2 h3 h4 head header html
  i input kbd label legend li link main meta nav noscript ol optgroup option output p pre progress q rect path script section select small span strong
  em summary svg table tbody td textarea tfoot th thead time title tr ul circle line g hr img abbr s mark
  math semantics annotation mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mtable mtr mtd mpadded
  mphantom menclose merror mmultiscripts mprescripts none mstyle`.split(/\s+/);

/**
 * What is in a page that its own code did not put there; runs in a page.
 * @param {{elements: string[], origin: string, html?: string}} known `html`: the page to look at,
 *   else the one in which it runs
 */
function strange({ elements, origin, html }) {
  const page = html === undefined ? document : new DOMParser().parseFromString(html, "text/html");
  const found = [];
  for (const element of page.querySelectorAll("*")) {
    const name = element.localName;
    if (!elements.includes(name)) found.push(`<${name}>`);
    for (const { name: attribute, value } of element.attributes) {
      if (attribute.startsWith("on") || attribute === "srcdoc" || (attribute === "style" && name !== "i" && !element.closest("#map, #panel"))) found.push(`${name} ${attribute}`);
      if (["href", "src", "action", "formaction", "data", "poster", "xlink:href", "ping"].includes(attribute)) {
        const url = new URL(value, document.baseURI);
        const isOut = name === "a" && /^https:\/\/(arxiv\.org|doi\.org)$/.test(url.origin);
        if (url.origin !== origin && !isOut) found.push(`${name} ${attribute}=${value}`);
      }
    }
  }
  const count = (selector) => page.querySelectorAll(selector).length;
  if (count("script") !== count("head script[src^='/assets/']")) found.push("a script of another place");
  if (count("h1") !== 1) found.push("another heading");
  if (count("style, base, iframe, object, embed, meta[http-equiv]")) found.push("an element of another page");
  return found;
}

/** Looks for what a page must not hold. */
export const strangeIn = (page, origin) => page.evaluate(strange, { elements: ELEMENTS, origin });

/** The same for a page that was fetched; `page` lends its parser. */
export const strangeInText = (page, origin, html) => page.evaluate(strange, { elements: ELEMENTS, origin, html });
