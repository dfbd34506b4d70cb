// Every TypeScript program in README.md and in the comments of src compiles against the public API, as strictly as this repository
// itself; every JavaScript one is a module that parses and imports only what there is.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/daemon.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = readdirSync(join(root, 'src')).filter((name) => name.endsWith('.ts')).map((name) => join('src', name));
const programsOf = (name: string) => {
  const text = readFileSync(join(root, name), 'utf8');
  const shown = name === 'README.md' ? text : text.replace(/^ *\* ?/gm, '');
  return [...shown.matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ language, text: text ?? '' }));
};
const programs = ['README.md', ...sources].flatMap(programsOf);

test('the programs of README.md and of the comments compile', () => {
  expect(programsOf('src/input.ts')).toHaveLength(1);
  expect(programs.filter(({ language }) => language === 'ts').length).toBeGreaterThanOrEqual(3);
  expect(programs.filter(({ language }) => language === 'js').length).toBeGreaterThanOrEqual(1);

  const directory = temporaryDirectory();
  try {
    programs.forEach(({ language, text }, index) => writeFileSync(join(directory.path, `readme-${index}.m${language}`), text));
    const compilerOptions = {
      rootDir: '/',
      noEmit: true,
      allowJs: true,
      checkJs: true,
      typeRoots: [join(root, 'node_modules/@types')],
      paths: { 'rtmp-pusher': [join(root, 'src/index.ts')] },
    };
    const configuration = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.mts', '*.mjs'] };
    writeFileSync(join(directory.path, 'tsconfig.json'), JSON.stringify(configuration));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', directory.path], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  } finally {
    directory.remove();
  }
}, 300_000); // a compiler on a machine that is busy
