// What a process and its children cost, from /proc.
import { readFileSync, readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']));

/** Those that ended meanwhile are left out. */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function tree(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) => read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean));
  return [pid, ...children.flatMap(tree)];
}

/** Seconds of CPU, user and system, of the process, its children, and of those it has already waited for. */
export function cpuSeconds(pid) {
  let ticks = 0;
  for (const member of tree(pid)) {
    const fields = read(`/proc/${member}/stat`).replace(/^.*\) /s, '').split(' ');
    for (const field of fields.slice(11, 15)) ticks += Number(field);
  }
  return ticks / ticksPerSecond;
}

/** Seconds that all processors together have been idle since boot. */
export function idleSeconds() {
  const [idle, wait] = read('/proc/stat').split(/\s+/).slice(4, 6);
  return (Number(idle) + Number(wait)) / ticksPerSecond;
}

const kilobytesOf = (text, name) => Number(text.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))?.[1] ?? 0);

/** Megabytes: the most that was resident at once, and what is resident now without the pages of programs and libraries. */
export function memory(pid) {
  let peak = 0, own = 0;
  for (const member of tree(pid)) {
    const status = read(`/proc/${member}/status`);
    peak += kilobytesOf(status, 'VmHWM') / 1024;
    own += (kilobytesOf(status, 'RssAnon') + kilobytesOf(status, 'RssShmem')) / 1024;
  }
  return { peak, own };
}
