// What is packed, on its own: without the sources beside it, where no addon was built, in a bundle, and under what else keeps an
// addon from loading.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/daemon.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const addon = join(root, 'build/Release/rtmp_pusher.node');

/** What `node ARGS` says, with the addon that `native` names. */
function node(args: readonly string[], native?: string) {
  const { NODE_OPTIONS: _, RTMP_PUSHER_NATIVE: __, ...env } = process.env;
  return spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...env, ...(native && { RTMP_PUSHER_NATIVE: native }) } });
}

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
  const command = (...words: string[]) => node([join(folder.path, 'dist/cli/main.js'), ...words]);

  test('a command says what to do', () => {
    const { status, stdout, stderr } = command('devices');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^rtmp-pusher: the native addon could not be loaded: .* has none for linux-/);
    expect(stderr).toContain('"npm explore rtmp-pusher -- npm run build:native"');
  });

  test('--help and what is wrong usage need none', () => {
    expect(command('push', '--help')).toMatchObject({ status: 0, stderr: '' });
    expect(command('push', 'rtmp://host/app/secret', '--fps', 'x')).toMatchObject({ status: 2 });
  });
});

test('the package asks no package manager to run anything', () => {
  const { scripts, gypfile } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Record<string, string>; readonly gypfile: unknown;
  };
  expect(Object.keys(scripts).filter((name) => /install|^prepare$|^prepublish$/.test(name))).toEqual([]);
  // yarn takes the word in any script for a need of it.
  expect(Object.values(scripts).filter((script) => script.includes('node-gyp'))).toEqual([]);
  expect(gypfile).toBe(false);
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' });
  const [{ files }] = JSON.parse(packed.stdout) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  expect(paths).not.toContain('binding.gyp');
  expect(paths).toEqual(expect.arrayContaining(['native/binding.gyp', 'native/addon.gypi', 'native/sources.gypi', 'native/build.mjs', 'native/needs.mjs']));
});

test('the addon loads with the oldest glibc and libstdc++ that README.md names', () => {
  const { status, stdout, stderr } = spawnSync(join(root, 'scripts/floor'), [addon], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/[1-9]\d+ versioned symbols, 0 too new/);
});

describe('in a bundle', () => {
  const folder = temporaryDirectory();
  const program = join(root, 'test/lifecycle/programs/bundled.mjs');
  const outfile = { cjs: join(folder.path, 'app.cjs'), esm: join(folder.path, 'app.mjs') };
  beforeAll(async () => {
    for (const format of ['cjs', 'esm'] as const) {
      await build({ entryPoints: [program], bundle: true, platform: 'node', format, outfile: outfile[format], absWorkingDir: root, logLevel: 'silent' });
    }
  });
  afterAll(() => folder.remove());

  test.each(['cjs', 'esm'] as const)('%s: it is told as that, with the cure', (format) => {
    const { status, stderr } = node([outfile[format]]);
    expect(status).toBe(1);
    expect(stderr).toContain('this code was bundled, and the addon is a file that does not go into a bundle');
    expect(stderr).toContain('--external:rtmp-pusher');
    expect(stderr).not.toContain('Invalid URL');
  });

  test.each(['cjs', 'esm'] as const)('%s: RTMP_PUSHER_NATIVE names the addon', (format) => {
    expect(node([outfile[format]], addon)).toMatchObject({ status: 0, stdout: 'test-pattern\n' });
  });

  test('one that does not exist is told as that', () => {
    const { status, stderr } = node([outfile.cjs], join(folder.path, 'nothing.node'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/RTMP_PUSHER_NATIVE names \S+nothing\.node, and that file does not exist/);
  });
});

describe('an addon that does not load', () => {
  const folder = temporaryDirectory();
  const prebuilds = join(folder.path, `prebuilds/linux-${process.arch}`);
  const main = join(folder.path, 'dist/index.js');
  beforeAll(() => {
    for (const name of ['dist', 'package.json']) cpSync(join(root, name), join(folder.path, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'));
    mkdirSync(prebuilds, { recursive: true });
  });
  afterAll(() => folder.remove());

  test('the packed one is taken where none was built', () => {
    cpSync(addon, join(prebuilds, 'rtmp-pusher.node'));
    expect(node([main])).toMatchObject({ status: 0, stderr: '' });
  });

  test('a torn file', () => {
    truncateSync(join(prebuilds, 'rtmp-pusher.node'), 40);
    expect(node([main]).stderr).toMatch(/the file is damaged or made for another machine than \S+\. Remove node_modules\/rtmp-pusher and install it again/);
  });

  test('something else in its place', () => {
    writeFileSync(join(prebuilds, 'rtmp-pusher.node'), 'version https://git-lfs.github.com/spec/v1\n');
    expect(node([main]).stderr).toContain('the file is damaged or made for another machine');
  });

  test('a Node.js that is to load none', () => {
    expect(node(['--no-addons', main], addon).stderr).toContain('Node.js was started with --no-addons. Start it without');
  });

  test("Node.js's permission model", () => {
    const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
    const refused = node([flag, '--allow-fs-read=*', main], addon);
    expect(refused.stderr).toContain('Start it with --allow-addons too');
    expect(node([flag, '--allow-fs-read=*', '--allow-addons', main], addon)).toMatchObject({ status: 0 });
  });
});
