// `npm run build:native`: the addon by node-gyp, in a clone into build/, in an installed package into native/build/. A file of its
// own, since yarn adds node-gyp to every project that has a package with that word in a script.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const clone = fileURLToPath(new URL('..', import.meta.url));
const directory = existsSync(`${clone}/binding.gyp`) ? clone : here;
const { status, error } = spawnSync('node-gyp', ['configure', 'build', `--directory=${directory}`, '--jobs=max'], { stdio: 'inherit' });
if (error) console.error(`rtmp-pusher: node-gyp could not be run (${error.message}): it comes with npm, as long as this is run by "npm run build:native"`);
process.exitCode = status ?? 1;
