// Reads what testPattern() draws: its geometry is described in native/capture/test_picture.h.
import { meanLuma, type Picture } from './picture.js';

export interface PatternReading {
  /** The number drawn. */
  readonly frame: number;
  /** The wall clock drawn: milliseconds since midnight, UTC. */
  readonly clock: number;
  /** Whether the flash is lit. */
  readonly flash: boolean;
  /** Seconds: the picture's own time. */
  readonly time: number;
}

export const dayLength = 86_400_000;

const glyphs: Readonly<Record<string, readonly string[]>> = {
  '0': ['.###.', '#...#', '#..##', '#.#.#', '##..#', '#...#', '.###.'],
  '1': ['..#..', '.##..', '..#..', '..#..', '..#..', '..#..', '.###.'],
  '2': ['.###.', '#...#', '....#', '..##.', '.#...', '#....', '#####'],
  '3': ['.###.', '#...#', '....#', '..##.', '....#', '#...#', '.###.'],
  '4': ['...#.', '..##.', '.#.#.', '#..#.', '#####', '...#.', '...#.'],
  '5': ['#####', '#....', '####.', '....#', '....#', '#...#', '.###.'],
  '6': ['..##.', '.#...', '#....', '####.', '#...#', '#...#', '.###.'],
  '7': ['#####', '....#', '...#.', '..#..', '.#...', '.#...', '.#...'],
  '8': ['.###.', '#...#', '#...#', '.###.', '#...#', '#...#', '.###.'],
  '9': ['.###.', '#...#', '#...#', '.####', '....#', '...#.', '.##..'],
  ':': ['.....', '..#..', '..#..', '.....', '..#..', '..#..', '.....'],
  '.': ['.....', '.....', '.....', '.....', '.....', '.##..', '.##..'],
};

/** Needs a gray picture in the size in which the pattern was drawn. Throws when a glyph is not readable. */
export function readPattern(picture: Picture): PatternReading {
  const clock = readLine(picture, 0, 12);
  const [, hours, minutes, seconds, milliseconds] = /^(\d\d):(\d\d):(\d\d)\.(\d\d\d)$/.exec(clock) ?? [];
  const number = readLine(picture, 1, 8);
  if (milliseconds === undefined || !/^\d{8}$/.test(number)) throw new Error(`read "${clock}" and "${number}"`);
  const { width, height } = picture;
  const middle = { x: Math.round(width * 0.4), y: Math.round(height * 0.7) };
  const flash = meanLuma(picture, middle.x, middle.y, Math.round(width * 0.2), Math.round(height * 0.1));
  return {
    frame: Number(number),
    clock: ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(milliseconds),
    flash: flash > 125,
    time: picture.time,
  };
}

function readLine(picture: Picture, line: number, length: number): string {
  const scale = Math.max(1, Math.min(Math.floor(picture.width / 120), Math.floor(picture.height / 90)));
  let text = '';
  for (let index = 0; index < length; index++) {
    const cells: boolean[] = [];
    for (let row = 0; row < 7; row++) {
      for (let column = 0; column < 5; column++) {
        const x = scale * (3 + 6 * index + column) + Math.floor(scale / 2);
        const y = scale * (3 + 9 * line + row) + Math.floor(scale / 2);
        cells.push(picture.pixels.readUInt8(y * picture.width + x) > 125);
      }
    }
    text += nearestGlyph(cells);
  }
  return text;
}

/** The glyph that differs in the fewest cells; more than one wrong cell is not readable. */
function nearestGlyph(cells: readonly boolean[]): string {
  const wrong = (rows: readonly string[]): number =>
    [...rows.join('')].filter((cell, index) => (cell === '#') !== cells[index]).length;
  const [best] = Object.entries(glyphs).map(([glyph, rows]) => [glyph, wrong(rows)] as const).sort((a, b) => a[1] - b[1]);
  if (!best || best[1] > 1) throw new Error(`no glyph is like ${cells.map((cell) => (cell ? '#' : '.')).join('')}`);
  return best[0];
}

/** Milliseconds between two readings of the clock, over midnight as well. */
export function clockDifference(later: number, earlier: number): number {
  return ((later - earlier + 1.5 * dayLength) % dayLength) - dayLength / 2;
}
