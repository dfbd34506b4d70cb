// What is packed, on its own: without the sources beside it, and where no addon was built.
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/daemon.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the maps hold the sources, which are not packed', () => {
  const maps = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js.map'));
  const bare = maps.filter((name) => {
    const { sources, sourcesContent = [] } = JSON.parse(readFileSync(join(root, 'dist', name), 'utf8')) as {
      readonly sources: unknown[]; readonly sourcesContent?: unknown[];
    };
    return sourcesContent.length !== sources.length;
  });
  expect(maps.length).toBeGreaterThan(20);
  expect(bare).toEqual([]);
});

describe('without an addon', () => {
  const folder = temporaryDirectory();
  beforeAll(() => {
    for (const name of ['dist', 'package.json']) cpSync(join(root, name), join(folder.path, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  });
  afterAll(() => folder.remove());
  const command = (...words: string[]) => {
    const { NODE_OPTIONS: _, RTMP_PUSHER_NATIVE: __, ...env } = process.env;
    return spawnSync(process.execPath, [join(folder.path, 'dist/cli/main.js'), ...words], { encoding: 'utf8', env });
  };

  test('a command says what to do, in a project and globally', () => {
    const { status, stdout, stderr } = command('devices');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^rtmp-pusher: the native addon could not be loaded\. /);
    expect(stderr).toContain('"npm install-scripts approve rtmp-pusher" and "npm rebuild rtmp-pusher"');
    expect(stderr).toContain('"npm install -g --allow-scripts=rtmp-pusher rtmp-pusher"');
    expect(stderr).toContain('"npm run build"');
  });

  test('--help and what is wrong usage need none', () => {
    expect(command('push', '--help')).toMatchObject({ status: 0, stderr: '' });
    expect(command('push', 'rtmp://host/app/secret', '--fps', 'x')).toMatchObject({ status: 2 });
  });
});
