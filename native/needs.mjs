// What the native build needs of the machine, for binding.gyp and CMakeLists.txt alike: `node needs.mjs cflags|libs` prints
// compiler or linker flags, or says which Debian packages to install.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const linked = [
  { module: 'x264', package: 'libx264-dev' },
  { module: 'librtmp', package: 'librtmp-dev' },
  { module: 'speexdsp', package: 'libspeexdsp-dev' },
  { module: 'libturbojpeg', package: 'libturbojpeg0-dev' },
  { header: '/usr/include/libyuv.h', flag: '-lyuv', package: 'libyuv-dev' }, // has no pkg-config file
];
// Loaded at run time; their headers are needed here, they are not linked.
const headersOnly = [
  { module: 'xcb', package: 'libxcb1-dev' },
  { module: 'xcb-shm', package: 'libxcb-shm0-dev' },
  { module: 'xcb-xfixes', package: 'libxcb-xfixes0-dev' },
  { module: 'libpulse', package: 'libpulse-dev' },
  { module: 'alsa', package: 'libasound2-dev' },
];

function pkgConfig(...args) {
  return spawnSync('pkg-config', args, { encoding: 'utf8' });
}

/** As node-gyp and cmake-js call them. */
const runs = (command) => !spawnSync(command, ['--version']).error;
const tools = [
  { runs: runs(process.env.CXX?.split(' ')[0] || 'g++') && runs(process.env.MAKE || 'make'), package: 'build-essential' },
  { runs: runs('pkg-config'), package: 'pkg-config' },
];

const found = (need) => (need.module ? pkgConfig('--exists', need.module).status === 0 : existsSync(need.header));
const missing = [...tools.filter((tool) => !tool.runs), ...[...linked, ...headersOnly].filter((need) => !found(need))]
  .map((need) => need.package);
if (missing.length > 0) {
  console.error(`rtmp-pusher: the build needs packages that are missing here. Install them: apt-get install ${missing.join(' ')}`);
  process.exit(1);
}

const modules = linked.flatMap((need) => need.module ?? []);
if (process.argv[2] === 'cflags') console.log(pkgConfig('--cflags', ...modules).stdout.trim());
else console.log(pkgConfig('--libs', ...modules).stdout.trim(), ...linked.flatMap((need) => need.flag ?? []));
