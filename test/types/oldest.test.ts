// The declarations compile with the oldest compiler that knows `await using` and with early declarations of Node.js 20, also where
// the program's own settings look into declarations. Both are in test/types/oldest, which scripts/setup installs.
import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/daemon.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const oldest = join(root, 'test/types/oldest/node_modules');

const program = `
import { captureVideo, publish, testPattern, type CapturedFrame, type Publication } from 'rtmp-pusher';

await using stream: Publication = await publish('rtmp://host/app/key', { video: testPattern() });
stream.on('congestion', ({ buffered }) => buffered.toFixed()).once('warning', (error) => error.code.toLowerCase());
// @ts-expect-error: there is no such event
stream.on('error', () => {});
for await (const frame of captureVideo(testPattern())) {
  const captured: CapturedFrame = frame;
  // @ts-expect-error: a frame is no string
  const text: string = frame;
}
`;

const run = (...args: string[]) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 });
};

test('TypeScript 5.2, @types/node 20.11, skipLibCheck false', () => {
  const folder = temporaryDirectory();
  try {
    const declarations = join(folder.path, 'dist');
    run(join(root, 'node_modules/typescript/bin/tsc'), '-p', root, '--emitDeclarationOnly', '--sourceMap', 'false', '--inlineSources', 'false',
      '--outDir', declarations);
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}');
    symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'));
    writeFileSync(join(folder.path, 'program.mts'), program);
    const compilerOptions = {
      strict: true, skipLibCheck: false, noEmit: true, target: 'ES2022', lib: ['ES2022', 'ESNext.Disposable'],
      module: 'NodeNext', moduleResolution: 'NodeNext', types: ['node'], typeRoots: [join(oldest, '@types')],
      paths: { 'rtmp-pusher': [join(declarations, 'index.d.ts')] },
    };
    writeFileSync(join(folder.path, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }));
    run(join(oldest, 'typescript/bin/tsc'), '-p', folder.path);
  } finally {
    folder.remove();
  }
}, 300_000); // two compilers
