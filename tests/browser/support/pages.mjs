// All pages, with what each must show. Paths are for the library of `kindred demo`.

import { makePages } from "./made.mjs";

const SET = "exoplanets";
/** A paper of the sample that the set `exoplanets` likes. */
export const PAPER = "2601.90034";
/** Words that find papers in the sample. */
export const WORDS = "secure aggregation of gradients";

/**
 * @typedef {{name: string, path: string, title: RegExp, heading: RegExp, shows: string[],
 *   status?: number, isBare?: boolean}} PageCase
 *   `path`: empty until `makeAll` has made the page; `shows`: selectors inside `main` that must be
 *   visible; `isBare`: a page without navigation
 */

/** @type {PageCase[]} */
const ALL = [
  { name: "start", path: "/", title: /^Search/, heading: /Search/, shows: ["form.search input[name=q]", ".examples a"] },
  { name: "search", path: `/?q=${encodeURIComponent(WORDS)}`, title: /^secure aggregation/, heading: /secure aggregation/,
    shows: ["article.card h3 a", ".summary", ".filters summary"] },
  { name: "search-filtered", path: "/?q=learning&cat=cs.DC&from=2026&sort=newest", title: /^learning/, heading: /learning/,
    shows: ["article.card", "input[name=cat]"] },
  { name: "search-nothing", path: "/?q=zzqqxx&by=words", title: /^zzqqxx/, heading: /zzqqxx/, shows: [".empty"] },
  { name: "search-refused", path: "/?q=a&from=yesterday", status: 400, title: /./, heading: /Not understood/, shows: ["form.search", ".failure"] },
  { name: "similar", path: `/similar?id=${PAPER}`, title: /^Like /, heading: /^Like /, shows: [".seeds a", "article.card .measure"] },
  { name: "paper", path: `/paper/${PAPER}`, title: /./, heading: /./, shows: ["article.sheet .text", ".rate button", ".results article.card"] },
  { name: "feed", path: `/set/${SET}/feed`, title: /./, heading: /\d of \d+/, shows: ["article.card .rate button", "a[rel=prev]", "#end", ".explain summary"] },
  { name: "feed-wide", path: `/set/${SET}/feed?day=2026-03-26&threshold=wide&cat=astro-ph`, title: /./, heading: /26 March.*\d of \d+/, shows: ["select[name=threshold]", "#end"] },
  { name: "why", path: `/set/${SET}/why?id=${PAPER}`, title: /./, heading: /./, shows: ["form", "table"] },
  { name: "ask", path: `/set/${SET}/ask`, title: /^Questions/, heading: /keep these/, shows: ["article.card .rate button"] },
  { name: "set", path: `/set/${SET}`, title: /./, heading: /^exoplanets$/, shows: [".members a[href^='/paper/']", "#rules form"] },
  { name: "set-merge", path: `/set/${SET}/merge?from=distributed-learning`, title: /./, heading: /./, shows: ["form button"] },
  { name: "set-delete", path: `/set/${SET}/delete`, title: /./, heading: /./, shows: ["form button"] },
  { name: "sets", path: "/sets", title: /^Library/, heading: /^Library$/, shows: [`a[href='/set/${SET}']`, "form input[name=name]"] },
  { name: "topics", path: "/topics", title: /./, heading: /Topics/, shows: ["a[href^='/topics/']"] },
  { name: "topic", path: "/topics/1", title: /^Topic: /, heading: /./, shows: [".topic-forms form", "article.card .rate button"] },
  { name: "map", path: "/map", title: /^Map/, heading: /./, shows: ["#map"] },
  { name: "import", path: "/import", title: /^Import/, heading: /Import/, shows: ["textarea", "input[type=file]"] },
  { name: "review", path: "", title: /./, heading: /./, shows: ["table.review input[name=row]", "form#import button", "nav.contents a[href='#missing']"] },
  { name: "job", path: "", title: /./, heading: /Embedding/, shows: ["a[href='/jobs']"] },
  { name: "jobs", path: "/jobs", title: /./, heading: /./, shows: [] },
  { name: "ledger", path: "/ledger", title: /./, heading: /Ledger/i, shows: [] },
  { name: "settings", path: "/settings", title: /^Settings/, heading: /Settings/, shows: ["form button"] },
  { name: "doctor", path: "/doctor", title: /^Doctor/, heading: /Doctor/, shows: ["table, ul, dl"] },
  { name: "help", path: "/help", title: /^Keys and help/, heading: /Keys and help/, shows: ["#keys kbd"] },
  { name: "not-found", path: "/no-such-page", status: 404, isBare: true, title: /./, heading: /Not found/, shows: [".failure"] },
  { name: "enter", path: "/enter", isBare: true, title: /^Token/, heading: /token/, shows: ["input[type=password]"] },
];

/** Those that `KINDRED_PAGES` names, separated by commas; else all. */
const wanted = process.env.KINDRED_PAGES?.split(",");
export const PAGES = ALL.filter(({ name }) => !wanted || wanted.includes(name));

/** Makes the pages on a server that are there only once something was done, and notes their paths. */
export async function makeAll(origin) {
  const made = await makePages(origin);
  for (const page of PAGES) page.path ||= made[page.name];
}

/** Lines of the console that a page with a failing status provokes. */
export const STATUS_LINES = /^error: Failed to load resource: the server responded with a status of 4\d\d/;

/** Pages that are whole, for tests that need no failing ones. */
export const WHOLE = PAGES.filter((page) => !page.status);
