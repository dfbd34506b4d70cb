// The figures as columns, a peer each.
const one = (value) => (Number.isFinite(value) ? value.toFixed(1) : '-');
const whole = (value) => (Number.isFinite(value) ? value.toFixed(0) : '-');
const signed = (value) => (Number.isFinite(value) ? `${value > 0 ? '+' : ''}${value.toFixed(1)}` : '-');
const percent = (part, all) => (all ? `${((100 * part) / all).toFixed(0)} %` : '-');

const rows = [
  ['CPU, s per 1,000 frames', (peer) => peer.cpuPerThousand.toFixed(2)],
  ['  of the bare codecs and the screen read', (peer, floor) => percent(peer.cpuPerThousand, floor?.cpu)],
  ['memory, most resident, MB', (peer) => whole(peer.memoryPeak)],
  ['memory, without programs and libraries, MB', (peer) => whole(peer.memoryOwn)],
  ['process start to listed, ms', (peer) => whole(peer.start.listed.fromProcess)],
  ['publish() to listed, ms', (peer) => whole(peer.start.listed.fromPublish)],
  ['process start to first keyframe read, ms', (peer) => whole(peer.start.keyframe.fromProcess)],
  ['publish() to first keyframe read, ms', (peer) => whole(peer.start.keyframe.fromPublish)],
  ["screen to reader's packet, p50, ms", (peer) => one(peer.wire.p50)],
  ['screen to decoded frame, p50, ms', (peer) => one(peer.latency.p50)],
  ['screen to decoded frame, p95, ms', (peer) => one(peer.latency.p95)],
  ["sink to reader's packet with the sound, p50, ms", (peer) => one(peer.sound?.age)],
  ['sound behind picture, median, ms', (peer) => signed(peer.sound?.offset)],
  ['sound behind picture, least, ms', (peer) => signed(peer.sound?.low)],
  ['sound behind picture, most, ms', (peer) => signed(peer.sound?.high)],
  ['frames a second', (peer) => peer.frameRate.toFixed(2)],
  ['longest step between pictures, ms', (peer) => whole(peer.longestGap)],
  ['processors idle meanwhile', (peer) => `${(100 * peer.idle).toFixed(0)} %`],
  ['event loop delay, p99, ms', (peer) => one(peer.eventLoop?.p99)],
];

const align = (cell, column, width) => (column === 0 ? cell.padEnd(width) : cell.padStart(width));

export function table(results, floor) {
  const cells = [['', ...results.map(({ name }) => name)]];
  for (const [title, show] of rows) {
    const row = [title, ...results.map(({ figures }) => (figures.error ? 'failed' : show(figures, floor)))];
    if (row.slice(1).some((cell) => cell !== '-')) cells.push(row);
  }
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) => row.map((cell, column) => align(cell, column, widths[column])).join('  ')).join('\n');
}

export function floorLine(floor) {
  const part = (name) => `${name} ${floor[name].toFixed(2)}`;
  const runs = floor.spread.map((run) => run.toFixed(2)).join(' before, ');
  return `bare codecs, s per 1,000 frames: ${floor.cpu.toFixed(2)} (${runs} after the peers): ` +
    `${['x264', 'faac', 'conversion'].map(part).join(', ')}, screen read ${floor.screen.toFixed(2)} on the client's side; ` +
    `memory, most resident: ${floor.memory.toFixed(0)} MB`;
}
