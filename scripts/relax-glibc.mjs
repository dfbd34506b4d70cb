// node scripts/relax-glibc.mjs LIBRARY: lets a shared library that was linked against a newer glibc load on this machine's.
//
// A symbol that glibc gave a newer version (sqrtf@GLIBC_2.43 differs from sqrtf@GLIBC_2.2.5 in setting errno only) makes the
// loader refuse the library on anything older. Each such reference is made unversioned, so that it binds to the default the
// machine has, and the need for the version itself is pointed at the next lower one that the library asks of the same file.
// Only for functions whose meaning did not change; a function that older glibc lacks still fails to resolve.
import { readFileSync, writeFileSync } from 'node:fs';

const SHT_DYNSYM = 11, SHT_GNU_VERNEED = 0x6ffffffe, SHT_GNU_VERSYM = 0x6fffffff;
const VER_NDX_GLOBAL = 1;

const path = process.argv[2];
const glibc = process.report.getReport().header.glibcVersionRuntime;
if (!path || !glibc) {
  console.error('usage: node scripts/relax-glibc.mjs LIBRARY (on Linux with glibc)');
  process.exit(2);
}

const elf = readFileSync(path);
if (elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1) {
  throw new Error(`${path} is not a 64-bit little-endian ELF file`);
}
const headers = Number(elf.readBigUInt64LE(40));
const sections = Array.from({ length: elf.readUInt16LE(60) }, (_, index) => {
  const at = headers + index * elf.readUInt16LE(58);
  return {
    type: elf.readUInt32LE(at + 4),
    offset: Number(elf.readBigUInt64LE(at + 24)),
    size: Number(elf.readBigUInt64LE(at + 32)),
    link: elf.readUInt32LE(at + 40),
    count: elf.readUInt32LE(at + 44),
  };
});
const section = (type) => sections.find((each) => each.type === type);
const text = (at) => elf.toString('latin1', at, elf.indexOf(0, at));

const needs = section(SHT_GNU_VERNEED);
const versions = section(SHT_GNU_VERSYM);
const symbols = section(SHT_DYNSYM);
const needNames = sections[needs.link].offset;
const symbolNames = sections[symbols.link].offset;

const number = (name) => name.match(/^GLIBC_(\d+)\.(\d+)/)?.slice(1).map(Number);
const compare = (a, b) => a[0] - b[0] || a[1] - b[1];
const newest = glibc.split('.').map(Number);

for (let file = 0, at = needs.offset; file < needs.count; file++, at += elf.readUInt32LE(at + 12)) {
  const asked = [];
  let aux = at + elf.readUInt32LE(at + 8);
  for (let index = 0; index < elf.readUInt16LE(at + 2); index++, aux += elf.readUInt32LE(aux + 12)) {
    const name = text(needNames + elf.readUInt32LE(aux + 8));
    if (number(name)) asked.push({ aux, name, number: number(name) });
  }
  const fit = asked.filter((each) => compare(each.number, newest) <= 0).sort((a, b) => compare(a.number, b.number)).at(-1);
  for (const need of asked.filter((each) => compare(each.number, newest) > 0)) {
    const library = text(needNames + elf.readUInt32LE(at + 4));
    if (!fit) throw new Error(`${path} asks nothing of ${library} that this machine's glibc ${glibc} has`);
    const relaxed = [];
    for (let index = 0; index < versions.size / 2; index++) {
      if ((elf.readUInt16LE(versions.offset + index * 2) & 0x7fff) !== elf.readUInt16LE(need.aux + 6)) continue;
      elf.writeUInt16LE(VER_NDX_GLOBAL, versions.offset + index * 2);
      relaxed.push(text(symbolNames + elf.readUInt32LE(symbols.offset + index * 24)));
    }
    elf.copy(elf, need.aux, fit.aux, fit.aux + 4);  // the hash of the version's name
    elf.copy(elf, need.aux + 8, fit.aux + 8, fit.aux + 12);  // where the name is
    console.log(`relaxed ${relaxed.join(' ')} of ${library}: ${need.name} → ${fit.name}, for glibc ${glibc}`);
  }
}
writeFileSync(path, elf);
