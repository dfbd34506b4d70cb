// What failed, from the output of a test runner found in its input: doctest's failing cases, vitest's closing list of failures,
// or the last lines of anything else.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const mostLines = 60;
const mostOfOneCase = 20;

const text = stripVTControlCharacters(readFileSync(0, 'utf8')).trimEnd();
const cases = text.split(/^={40,}$/m).filter((part) => / (FATAL )?ERROR: /.test(part)).map((part) => part.trim());
const list = text.lastIndexOf(' Failed Tests ');

function cut(part, most) {
  const lines = part.split('\n');
  return lines.length <= most ? lines : [...lines.slice(0, most), `... and ${lines.length - most} lines more`];
}

if (cases.length > 0) {
  console.log(cut(cases.flatMap((part) => [...cut(part, mostOfOneCase), '']).join('\n').trimEnd(), 2 * mostLines).join('\n'));
} else if (list >= 0) {
  console.log(cut(text.slice(text.lastIndexOf('\n', list) + 1), 2 * mostLines).join('\n'));
} else {
  console.log(text.split('\n').slice(-mostLines).join('\n'));
}
