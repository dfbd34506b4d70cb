// Adds up the closing lines of test runners (doctest, vitest, node:test) found in its input: prints "PASSED FAILED SKIPPED".
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const totals = { passed: 0, failed: 0, skipped: 0 };
const add = (kind, count) => (totals[kind] += Number(count));

for (const line of stripVTControlCharacters(readFileSync(0, 'utf8')).split('\n')) {
  // What doctest calls skipped are those that its filters leave out.
  const counts = /^\[doctest\] test cases:(.*failed)/.exec(line) ?? /^\s*Tests  (.*\(\d+\))$/.exec(line);
  if (counts) {
    for (const [, count, kind] of counts[1].matchAll(/(\d+) (passed|failed|skipped)/g)) add(kind, count);
  }
  const [, kind, count] = /^\S+ (pass|fail|skipped) (\d+)$/.exec(line) ?? [];
  if (kind) add({ pass: 'passed', fail: 'failed' }[kind] ?? kind, count);
}
console.log(totals.passed, totals.failed, totals.skipped);
