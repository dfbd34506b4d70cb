import { parseArgs } from 'node:util';
import { peers } from './peers.mjs';

// Without sound the two forms of each are one.
const silentPeers = ['rtmp-pusher', 'gstreamer', 'ffmpeg'];

const usage = `usage: scripts/bench [--seconds N] [--starts N] [--peers NAME,NAME] [--no-sound] [--no-1080p] [--no-floor]
                     [--json FILE]
       scripts/bench raw | camera [--seconds N] [--json FILE]

  raw           raw frames at 1920x1080, written by a program and captured by one, instead
  camera        V4L2 to x264 beside ffmpeg, in the virtual machine of the tests, instead

  --seconds N   length of each measured stretch (20)
  --starts N    how often each peer is started for the start figures, the measured run included (3)
  --peers       which of ${Object.keys(peers).join(', ')} (all)
  --no-sound    picture only
  --no-1080p    without the run at 1920x1080 in which our event loop is watched
  --no-floor    without the bare codecs
  --json FILE   all figures also as JSON
`;

export function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        seconds: { type: 'string', default: '20' },
        starts: { type: 'string', default: '3' },
        peers: { type: 'string' },
        'no-sound': { type: 'boolean', default: false },
        'no-1080p': { type: 'boolean', default: false },
        'no-floor': { type: 'boolean', default: false },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    const positive = (name) => {
      const number = Number(values[name]);
      if (Number.isInteger(number) && number > 0) return number;
      throw new RangeError(`--${name} must be a positive integer, received ${values[name]}`);
    };
    const [what = 'peers', ...more] = positionals;
    const known = ['peers', 'raw', 'camera'].includes(what) && more.length === 0;
    if (!known) throw new RangeError(`there is no bench ${positionals.join(' ')}`);
    const names = values.peers?.split(',') ?? (values['no-sound'] ? silentPeers : Object.keys(peers));
    const unknown = names.find((name) => !Object.hasOwn(peers, name));
    if (unknown !== undefined) throw new RangeError(`--peers has ${unknown}, which is none of ${Object.keys(peers).join(', ')}`);
    return {
      what,
      seconds: positive('seconds'), starts: positive('starts'), names, json: values.json,
      sound: !values['no-sound'], large: !values['no-1080p'] && names.includes('rtmp-pusher'), floor: !values['no-floor'],
    };
  } catch (error) {
    process.stderr.write(`bench: ${error.message}\n\n${usage}`);
    process.exit(2);
  }
}
