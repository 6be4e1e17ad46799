// Import of pasted references: nothing is written before the review, progress is shown.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useDesk } from "./support/desk.mjs";

const desk = useDesk();

/** One by its id, one likely by its title, one unknown that can be added, one unknown without abstract, one named twice. */
const BIBTEX = `
@misc{nickelates, title = {{Strain-Tuned} Superconductivity in Bilayer Nickelate Films near Ambient Pressure}, author = {024, Author}, year = 2026, eprint = {2602.90001v1}, archiveprefix = {arXiv}}
@inproceedings{rewiring, title = "Rewiring Bottlenecks in Molecular Graph Networks by Effective Resistance", author = "Else, Somebody", year = {2026}}
@article{teapots, title = {On the Boiling of {T}eapots <b>in</b> {\\'E}tale Kitchens}, author = {Nobody, Nora}, year = {2024}, doi = {10.99999/TEAPOT.1},
  abstract = {We boil teapots in kitchens that are étale over the ground, and describe what the neighbours say about the steam.}}
@article{bare, title = {A Paper Without an Abstract}, author = {Nobody, Nora}, year = {2023}}
@misc{again, title = {Strain-Tuned Superconductivity in Bilayer Nickelate Films near Ambient Pressure}, eprint = {2602.90001}, archiveprefix = {arXiv}}
`;

const counts = async (page) => {
  const text = (await page.locator("nav.contents").textContent()).replace(/\s+/g, " ");
  return Object.fromEntries([...text.matchAll(/(\d+) (in all|likely|matched|not in the library|rated already|duplicate)/g)].map(([, number, name]) => [name, Number(number)]));
};

async function review(page, text) {
  await page.goto("/import");
  await page.locator("textarea[name=text]").fill(text);
  await page.locator("form:has(textarea[name=text]) button[type=submit]").click();
  await page.waitForURL(/\/import\/review\//);
}

for (const javaScriptEnabled of [true, false]) {
  test(`BibTeX is pasted, reviewed and imported with JavaScript ${javaScriptEnabled ? "on" : "off"}`, async (t) => {
    const set = javaScriptEnabled ? "from-bibtex" : "from-bibtex-plain";
    const page = await desk.page(t, { javaScriptEnabled });
    await page.goto("/sets");
    assert.equal(await page.locator(`a[href^="/set/${set}"]`).count(), 0);
    await review(page, BIBTEX);
    const found = await counts(page);
    // The same library has the teapots already, the second time.
    const isNew = javaScriptEnabled;
    const expected = { "in all": 5, likely: 1, matched: isNew ? 1 : 2, "not in the library": isNew ? 2 : 1, duplicate: 1 };
    assert.deepEqual(found, expected);
    // A title from a file is text.
    assert.equal(await page.locator("main td b").count(), 0);

    const ticks = page.locator("input[name=row]");
    const ticked = await page.locator("input[name=row]:checked").count();
    assert.equal(ticked, found.matched, "what is matched is ticked, nothing else");
    await page.locator("tr", { hasText: "Rewiring" }).first().locator("input[name=row]").check();
    await page.locator("tr", { hasText: "Teapots" }).first().locator("input[name=row]").check();
    assert.equal(await page.locator("input[name=row]:checked").count(), 3);
    // Each count leads to its rows, and no tick is lost on the way.
    await page.locator("nav.contents a", { hasText: "not in the library" }).click();
    assert.equal(new URL(page.url()).hash, "#missing");
    assert.equal(await page.locator("#missing td.told").count(), found["not in the library"]);
    assert.equal(await page.locator("input[name=row]:checked").count(), 3);
    assert.equal(await ticks.count(), 3);
    // A name that is typed goes before the set that is chosen.
    await page.locator("form#import input[name=new]").fill(set);
    await page.locator("form#import button[type=submit]").click();
    await page.waitForURL(/\/jobs\/\d+/);
    assert.match(await page.locator("h1").textContent(), /Import/);

    // The page follows the work by itself and says when it is done.
    const result = page.getByRole("link", { name: "See the result" });
    await result.waitFor({ timeout: 60_000 });
    await result.click();
    await page.locator("main").getByText("Written").first().waitFor();
    const csv = await page.request.get(await page.locator("a[href$='.csv']").first().getAttribute("href"));
    assert.match(csv.headers()["content-type"], /text\/csv/);
    assert.ok((await csv.text()).split("\r\n").length >= 6);
    await page.goto(`/set/${set}`);
    await page.locator("a[href='/paper/2602.90001']").first().waitFor();
  });
}

test("files are dropped on a door", async (t) => {
  const page = await desk.page(t);
  await page.goto("/import");
  const form = page.locator("form[action='/import/file']");
  const dataTransfer = await page.evaluateHandle(() => {
    const files = new DataTransfer();
    files.items.add(new File(["@misc{a}"], "dropped.bib"));
    return files;
  });
  await form.dispatchEvent("dragover", { dataTransfer });
  assert.match(await form.getAttribute("class"), /\bover\b/);
  await form.dispatchEvent("drop", { dataTransfer });
  assert.doesNotMatch(await form.getAttribute("class"), /\bover\b/);
  const names = await form.locator("input[type=file]").evaluate((field) => [...field.files].map((file) => file.name));
  assert.deepEqual(names, ["dropped.bib"]);
});

test("progress is told while papers are imported", async (t) => {
  const page = await desk.page(t);
  const lines = Array.from({ length: 400 }, (_, n) => JSON.stringify({
    id: `arXiv:2603.8${String(n).padStart(4, "0")}`, title: `Sparse gradients, part ${n}`, categories: ["cs.LG"], date: "2026-03-30", authors: ["A. Author"],
    abstract: `We compress gradient number ${n} of ${n + 1} and show that nothing of it is lost that could have been of use. `.repeat(4),
  }));
  await page.goto("/import");
  const form = page.locator("form[action='/import/papers']");
  await form.locator("input[type=file]").setInputFiles({ name: "papers.jsonl", mimeType: "application/json", buffer: Buffer.from(lines.join("\n")) });
  await form.locator("button[type=submit]").click();
  await page.waitForURL(/\/jobs\/\d+/);
  const seen = new Set();
  const done = page.getByRole("link", { name: "See the result" });
  for (let look = 0; look < 600 && !await done.count(); look += 1) {
    const step = await page.locator("[data-step]").first().textContent({ timeout: 1_000 }).catch(() => null);
    if (step) seen.add(step.trim());
    await page.waitForTimeout(50);
  }
  await done.waitFor();
  assert.match(await page.locator("main").textContent(), /400 (records|papers)/);
  t.diagnostic(`${seen.size} states of progress were seen`);
  assert.ok(seen.size >= 1, "no progress was shown");
  await page.goto("/?q=%22sparse+gradients%22&by=words");
  await page.locator("article.card").first().waitFor();
});

test("what cannot be read is told, and what was typed stays", async (t) => {
  const page = await desk.page(t, { tolerates: /^error: Failed to load resource: the server responded with a status of 4\d\d/ });
  await page.goto("/import");
  const text = "@article{";
  await page.locator("textarea[name=text]").fill(text);
  await page.locator("form:has(textarea[name=text]) button[type=submit]").click();
  await page.locator(".failure[role=alert]").waitFor();
  assert.equal((await page.locator("textarea[name=text]").inputValue()).trim(), text);
});
