// A line for each test of a file, what failed as soon as it did, and what was counted.

export default async function* report(source) {
  let passed = 0, failed = 0, skipped = 0;
  for await (const { type, data } of source) {
    if (type === "test:diagnostic" && data.nesting > 0 || type === "test:diagnostic" && !/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(data.message)) {
      yield `    ${data.message}\n`;
    }
    if (type === "test:stderr" || type === "test:stdout") yield data.message;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const isGroup = data.details?.type === "suite";
    if (data.skip !== undefined) {
      skipped += 1;
      yield `skipped: ${data.name}: ${data.skip}\n`;
      continue;
    }
    if (data.nesting === 0) yield `${type === "test:pass" ? "ok  " : "FAIL"} ${data.name} (${(data.details.duration_ms / 1000).toFixed(1)} s)\n`;
    if (type === "test:pass") { passed += isGroup ? 0 : 1; continue; }
    failed += 1;
    const { error } = data.details;
    if (error?.failureType !== "subtestsFailed") yield `--- ${data.file?.split("/").pop() ?? ""}: ${data.name}\n${(error?.cause?.stack ?? error?.cause ?? error?.message ?? "").toString()}\n\n`;
  }
  yield `\n${passed} passed, ${failed} failed, ${skipped} skipped\n`;
}
