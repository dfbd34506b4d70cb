// What is said where the addon does not load, for loaders' own words that no test here can bring about.
import { expect, test } from 'vitest';
import { loadFailure, type LoadAttempt } from '../../src/load-failure.js';

const found: LoadAttempt = {
  file: '/app/node_modules/rtmp-pusher/prebuilds/linux-x64/rtmp-pusher.node',
  named: false,
  root: '/app/node_modules/rtmp-pusher',
  clone: false,
  platform: 'linux',
  arch: 'x64',
  glibc: '2.28',
  permission: false,
};
const missing: LoadAttempt = { ...found, file: undefined };
const said = (text: string, code = 'ERR_DLOPEN_FAILED') => Object.assign(new Error(text), { code });

const cases: [string, LoadAttempt, RegExp][] = [
  ['another system', { ...missing, platform: 'darwin' }, /runs on Linux only, not on darwin/],
  ['no prebuilt addon for the processor', { ...missing, arch: 'arm64' }, /has none for linux-arm64.*prebuilds\/.*npm run build:native/],
  ['a clone without a build', { ...missing, clone: true }, /not built yet in this clone: run "npm run build"/],
  ['a bundle', { ...missing, root: undefined }, /bundled.*external.*RTMP_PUSHER_NATIVE/],
  ['an old glibc', { ...found, error: said("/lib64/libc.so.6: version `GLIBC_2.34' not found (required by /app/x.node)") },
    /glibc \(2\.28\) is older than the addon needs, which is GLIBC_2\.34.*The loader said: \/lib64/],
  ['an old libstdc++', { ...found, error: said("/lib64/libstdc++.so.6: version `GLIBCXX_3.4.29' not found (required by /app/x.node)") },
    /libstdc\+\+ is older than the addon needs, which is GLIBCXX_3\.4\.29/],
  ['musl', { ...found, glibc: undefined, error: said('Error loading shared library ld-linux-x86-64.so.2: No such file or directory') },
    /another C library than glibc.*node:22-slim/],
  ['musl, and no addon for it', { ...missing, glibc: undefined, error: said('x') }, /another C library than glibc/],
  ['a library that is gone', { ...found, error: said('libx264.so.164: cannot open shared object file: No such file or directory') },
    /the library libx264\.so\.164 is missing\. In a packed release it lies beside the addon/],
  ['a library that a clone lacks', { ...found, clone: true, error: said('libx264.so.164: cannot open shared object file: No such file or directory') },
    /the library libx264\.so\.164 is missing\. Install it, or run "npm run build"/],
  ['no descriptor', { ...found, error: said('libz.so.1: cannot open shared object file: Too many open files') }, /no descriptor left/],
  ['noexec', { ...found, error: said('/app/x.node: failed to map segment from shared object') }, /mounted noexec/],
  ['a file that may not be read', { ...found, error: said('/app/x.node: cannot open shared object file: Permission denied') }, /may not read it/],
  ['the permission model, without addons', { ...found, permission: true, error: said('Cannot load native addon', 'ERR_DLOPEN_DISABLED') },
    /--allow-addons/],
  ['--no-addons', { ...found, error: said('Cannot load native addon', 'ERR_DLOPEN_DISABLED') }, /--no-addons/],
  ['the permission model, without the file', { ...found, permission: true, error: said('Access to this API has been restricted', 'ERR_ACCESS_DENIED') },
    /--allow-fs-read=\/app\/node_modules\/rtmp-pusher/],
  ['anything else', { ...found, error: said('the moon is full') }, /npm run build:native.*The loader said: the moon is full/],
];

test.each(cases)('%s', (_name, attempt, words) => {
  const error = loadFailure(attempt);
  expect(error.message).toMatch(/^rtmp-pusher: the native addon could not be loaded: /);
  expect(error.message).toMatch(words);
  expect(error.cause).toBe(attempt.error);
});

test('only what npm blocks is told as blocked by npm: nothing', () => {
  for (const [, attempt] of cases) expect(loadFailure(attempt).message).not.toMatch(/install script|approve/);
});
