// node scripts/bundle.mjs FOLDER [LIBFAAC]: puts beside the addon in FOLDER every library it is linked against, all but those
// that Node.js itself needs, and a NOTICE with their licences and sources.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const [folder, faac] = process.argv.slice(2);
const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).trim();
const ofNode = /^(linux-vdso|ld-linux|libc|libm|libmvec|libdl|libpthread|librt|libstdc\+\+|libgcc_s)[-.]/;

const linked = run('ldd', join(folder, 'rtmp_pusher.node'))
  .split('\n')
  .map((line) => /^\s*(\S+) => (\S+)/.exec(line))
  .filter((match) => match && !ofNode.test(match[1]));
const lost = linked.filter(([, , path]) => !path.startsWith('/'));
if (lost.length > 0) throw new Error(`not found: ${lost.map(([, name]) => name).join(', ')}`);

const notices = [];
for (const [, name, path] of linked) {
  copyFileSync(path, join(folder, name));
  const owner = run('dpkg', '-S', `*/${name}`).split(/[\n:]/)[0];
  const source = run('dpkg-query', '-W', '-f', '${source:Package} ${source:Version}\n', owner).split('\n')[0];
  notices.push({ name, source: `Debian's source package ${source}`, text: readFileSync(`/usr/share/doc/${owner}/copyright`, 'utf8') });
}
if (faac) {
  const name = basename(faac);
  copyFileSync(faac, join(folder, name));
  const beside = (file) => join(dirname(faac), file); // what scripts/faac unpacked, else the machine's own package
  const unpacked = existsSync(beside('version'));
  const version = unpacked ? readFileSync(beside('version'), 'utf8').trim() : run('dpkg-query', '-W', '-f', '${Version}', 'libfaac2');
  const text = readFileSync(unpacked ? beside('copyright') : '/usr/share/doc/libfaac2/copyright', 'utf8');
  notices.push({ name, source: `Debian's source package faac ${version}`, text });
}

// Debian's copyright files point at licences that every Debian system has in one place; other systems have not.
const common = '/usr/share/common-licenses';
const named = notices.flatMap(({ text }) => [...text.matchAll(/\/usr\/share\/common-licenses\/([\w.-]*\w)/g)].map(([, name]) => name));
const licences = [...new Set(named)].sort().map((name) => ({ name, text: readFileSync(join(common, name), 'utf8') }));

const rule = '='.repeat(100);
const head = `The libraries in this folder are Debian's own builds, unchanged but for stripped symbols${
  faac ? ' (and libfaac, whose\nreferences to a newer glibc are relaxed by scripts/relax-glibc.mjs of rtmp-pusher)' : ''
}.
Their source code: "apt-get source PACKAGE=VERSION" on a Debian system, with the names below. rtmp_pusher.node is built from
rtmp-pusher's own source code, which is in this npm package, and is under the GNU General Public License, version 2 or later.
What their authors say comes first, the texts of the licences that they name (as ${common}/NAME) after that.
`;
writeFileSync(
  join(folder, 'NOTICE'),
  [
    head,
    ...notices.map(({ name, source, text }) => `${rule}\n${name}: ${source}\n${rule}\n\n${text}`),
    ...licences.map(({ name, text }) => `${rule}\n${common}/${name}\n${rule}\n\n${text}`),
  ].join('\n'),
);
console.log(`bundled ${notices.map(({ name }) => name).join(' ')}`);
