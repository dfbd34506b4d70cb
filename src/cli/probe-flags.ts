// The flags of `probe`. Pure.
import { Command, Option } from 'commander';
import { parseNumber, parseSize } from './values.js';

/** The command without its action. */
export function probeCommand(): Command {
  return new Command('probe')
    .summary('measure what a device really gives')
    .description('Captures from a device for a moment: its mode, its rate by the system\'s clock, jitter, gaps, delay, level.')
    .argument('<device>', 'id or label, as `rtmp-pusher devices` lists it')
    .addOption(new Option('--kind <kind>', 'of the device, for names that are not listed (default: as listed)')
      .choices(['camera', 'screen', 'microphone', 'system-audio']))
    .option('--seconds <count>', 'how long', parseNumber, 3)
    .option('--size <WxH>', 'mode of a camera (default: as push chooses)', parseSize)
    .option('--fps <rate>', 'mode of a camera, pace of a screen (default: 30)', parseNumber)
    .option('--format <name>', 'mode of a camera: YUYV MJPG and others (default: the cheapest)')
    .option('--snapshot <file>', 'also write a picture of a camera or a screen, as PNG')
    .option('--json', 'one JSON object');
}
