// scripts/layers finds a breach of each rule in a tree made for it, and none in this repository.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/daemon.js';

const layers = fileURLToPath(new URL('../../scripts/layers', import.meta.url));

let tree: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  tree = temporaryDirectory();
  write('native/media/time.h', '#include <chrono>');
  write('native/flv/flv.h', '#include "media/time.h"');
  write('native/flv/amf0.h', '#include <string>');
  write('native/rtmp/rtmp.h', '#include "flv/flv.h"');
  write('native/rtmp/connection.cc', '#include <librtmp/rtmp.h>\n#include <sys/socket.h>\n#include "rtmp/rtmp.h"');
  write('native/codec/codec.h', '#include "media/time.h"');
  write('native/addon/addon.cc', '#include <napi.h>\n#include "rtmp/rtmp.h"');
  write('src/native.ts', "import { createRequire } from 'node:module';");
  write('src/options.ts', "import { codes } from './errors.js';\nimport type { Publication } from './publish.js';");
  write('src/errors.ts', '');
  write('src/publish.ts', "import {\n  defaults,\n} from './options.js';\nimport { native } from './native.js';");
  write('src/index.ts', "export { publish } from './publish.js';");
  write('src/mask.ts', '');
  write('src/cli/main.ts', "import { publish } from '../index.js';\nimport { parse } from './parse.js';");
  write('src/cli/parse.ts', "import { maskKeys } from '../mask.js';");
});
afterEach(() => tree.remove());

function write(path: string, text: string): void {
  mkdirSync(dirname(join(tree.path, path)), { recursive: true });
  writeFileSync(join(tree.path, path), `${text}\n`);
}

function check(...args: string[]): { status: number | null; complaints: string } {
  const { status, stderr } = spawnSync(process.execPath, [layers, ...args], { encoding: 'utf8' });
  return { status, complaints: stderr };
}

test('this repository keeps its layers', () => {
  expect(check()).toEqual({ status: 0, complaints: '' });
});

test('a tree that keeps them passes', () => {
  expect(check(tree.path)).toEqual({ status: 0, complaints: '' });
});

test('an empty tree does not', () => {
  expect(check(join(tree.path, 'nowhere')).status).toBe(1);
});

const breaches: [rule: string, path: string, text: string, complaint: string][] = [
  ['an arrow the wrong way', 'native/media/packet.h', '#include "flv/flv.h"', 'media must not include flv'],
  ['a sister room', 'native/codec/x264.cc', '#include "flv/flv.h"', 'codec must not include flv'],
  ['the addon from below', 'native/pipeline/publisher.cc', '#include "addon/addon.cc"', 'pipeline must not include addon'],
  ['a room entered by the window', 'native/rtmp/link.cc', '#include "flv/amf0.h"', 'behind the door "flv/flv.h"'],
  ['an include that names no room', 'native/flv/tags.cc', '#include "amf0.h"', 'must be named as "room/file.h"'],
  ['an unknown room', 'native/lobby/lobby.h', '', '"lobby" is not a room'],
  ['a library in a header', 'native/codec/x264.h', '#include <x264.h>', 'belongs in one .cc'],
  ['a library in a second file', 'native/rtmp/link.cc', '#  include <librtmp/log.h>', 'already included by native/rtmp/connection.cc'],
  ['Node-API outside the addon', 'native/pipeline/publisher.cc', '#include <napi.h>', 'only addon may include <napi.h>'],
  ['a system call in media', 'native/media/clock.h', '#include <time.h>', 'media must not include <time.h>'],
  ['a thread in media', 'native/media/clock.h', '#include <thread>', 'media must not include <thread>'],
  ['options above publish', 'src/options.ts', "import { publish } from './publish.js';", 'options.ts: must not import publish.ts'],
  ['a circle', 'src/mask.ts', "import './mask.js';", 'mask.ts: imports itself in a circle'],
  ['a second loader', 'src/raw.ts', "createRequire(root)('./build/Release/rtmp_pusher.node');", 'only native.ts loads the binary'],
  ['a binary by name', 'src/raw.ts', "process.dlopen(module, 'build/x.node');", 'only native.ts loads the binary'],
  ['the command behind the API', 'src/cli/push.ts', "import { native } from '../native.js';", 'cli/ must use the public API'],
  ['a dynamic import behind the API', 'src/cli/push.ts', "await import('../native.js');", 'cli/ must use the public API'],
  ['the API on the command', 'src/index.ts', "export { run } from './cli/main.js';", 'index.ts must not import cli/main.ts'],
];

test.each(breaches)('%s', (_rule, path, text, complaint) => {
  write(path, text);
  const { status, complaints } = check(tree.path);
  expect(complaints).toContain(complaint);
  expect(status).toBe(1);
});

test('errors above options, through a file between', () => {
  write('src/errors.ts', "export * from './mask.js';");
  write('src/mask.ts', "import { defaults } from './options.js';");
  expect(check(tree.path).complaints).toContain('errors.ts: must not import options.ts, not even through another file');
});
