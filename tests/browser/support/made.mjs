// Pages that are there only once something was done: a review of references, a job that ended.

/** References of every kind: matched, likely, unknown with and without abstract, said twice. */
const REFERENCES = `
@misc{matched, title = {{Strain-Tuned} Superconductivity in Bilayer Nickelate Films near Ambient Pressure}, author = {024, Author}, eprint = {2602.90001}, archiveprefix = {arXiv}}
@misc{likely, title = {Rewiring Bottlenecks in Molecular Graph Networks by Effective Resistance}, author = {Else, Somebody}}
@article{teapots, title = {On the Boiling of Teapots in Kitchens that are a Good Deal Longer than One Line of a Telephone}, author = {Nobody, Nora}, year = {2024},
  abstract = {We boil teapots in kitchens and describe what the neighbours say about the steam.}}
@misc{untold, title = {A Paper without an Abstract}, author = {Nobody, Nora}}
@misc{again, title = {The same}, eprint = {2602.90001}, archiveprefix = {arXiv}}
`;
/** How often a job is looked at until it has ended, ten times a second. */
const LOOKS = 300;

/**
 * Makes such pages on a server.
 * @returns {Promise<Record<string, string>>} their paths by name
 */
export async function makePages(origin) {
  const page = await (await fetch(`${origin}/import`)).text();
  const [, token] = page.match(/name="token" value="([^"]+)"/);
  const send = async (path, fields) => {
    const answer = await fetch(origin + path, { method: "POST", redirect: "manual", headers: { origin }, body: new URLSearchParams({ token, ...fields }) });
    if (answer.status !== 303) throw new Error(`${path}: ${answer.status}\n${await answer.text()}`);
    return answer.headers.get("location");
  };
  const [review, job] = [await send("/import/text", { text: REFERENCES }), await send("/jobs", { work: "embed" })];
  for (let look = 0; look < LOOKS; look += 1) {
    const page = await (await fetch(origin + job)).text();
    if (page.includes('class="state good"')) return { review, job };
    if (/class="state (bad|warn)"/.test(page)) throw new Error(`the job at ${job} failed:\n${page}`);
    await new Promise((done) => { setTimeout(done, 100); });
  }
  throw new Error(`the job at ${job} does not end`);
}
