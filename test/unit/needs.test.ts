// native/needs.mjs names the Debian packages that a build lacks.
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/daemon.js';

const script = fileURLToPath(new URL('../../native/needs.mjs', import.meta.url));

function needs(what: string, env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [script, what], { encoding: 'utf8', env: { ...process.env, ...env } });
}

test('with everything there it prints the flags', () => {
  const { status, stdout, stderr } = needs('libs');
  expect(stderr).toBe('');
  expect(stdout.trim().split(' ')).toEqual(expect.arrayContaining(['-lx264', '-lrtmp', '-lspeexdsp', '-lturbojpeg', '-lyuv']));
  expect(status).toBe(0);
});

test('what pkg-config does not know is named by its package', () => {
  const { status, stdout, stderr } = needs('cflags', { PKG_CONFIG_LIBDIR: '/nonexistent', PKG_CONFIG_PATH: '' });
  expect(stdout).toBe('');
  expect(stderr).toContain('apt-get install libx264-dev librtmp-dev libspeexdsp-dev libturbojpeg0-dev libxcb1-dev libxcb-shm0-dev');
  expect(status).toBe(1);
});

test('so is pkg-config itself', () => {
  const { status, stderr } = needs('cflags', { PATH: '/nonexistent' });
  expect(stderr).toContain('apt-get install build-essential pkg-config libx264-dev');
  expect(status).toBe(1);
});

test.for<[string[]]>([[['g++']], [['make']], [['g++', 'make']]])('so is the compiler or make: %j', ([absent]) => {
  const folder = temporaryDirectory();
  for (const name of ['pkg-config', 'g++', 'make'].filter((each) => !absent.includes(each))) {
    symlinkSync(spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim(), join(folder.path, name));
  }
  const { status, stdout, stderr } = needs('libs', { PATH: folder.path, CXX: '', MAKE: '' });
  folder.remove();
  expect(stderr).toMatch(/apt-get install build-essential\n$/);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
});
