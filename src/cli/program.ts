// The command line as a whole: reads it, runs the command, and ends with its exit code. Data goes to stdout, all else to stderr.
import { Command, CommanderError } from 'commander';
import { createRequire } from 'node:module';
import { maskKeys } from '../mask.js';
import { visibleLines } from '../visible.js';
import { devices, type DevicesFlags } from './devices.js';
import { exitCodes, exitCodesHelp, UsageError } from './exit.js';
import { probe, type ProbeFlags } from './probe.js';
import { probeCommand } from './probe-flags.js';
import { push } from './push.js';
import { pushCommand, type PushFlags } from './push-flags.js';

/** Resolves with the exit code; never rejects. */
export async function run(words: readonly string[]): Promise<number> {
  let code: number = exitCodes.ok;
  surviveLostOutput();
  const program = commandLine({
    push: async (url, flags) => void (code = await push(url, flags)),
    devices: async (flags) => void (code = await devices(flags)),
    probe: async (device, flags) => void (code = await probe(device, flags)),
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has already said what is wrong; --help and --version are no mistakes.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`rtmp-pusher: ${visibleLines(maskKeys(message.replace(/^rtmp-pusher: /, '')))}\n`);
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

/**
 * Nobody reads on, as with `| head`, or the terminal is gone: what would be told there is not told, and a command that ends with it
 * says so itself. Data that could not be written for another reason, such as a full disk, is a failure.
 */
function surviveLostOutput(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', () => {});
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`rtmp-pusher: stdout cannot be written: ${error.message}\n`);
    process.once('exit', () => (process.exitCode ||= exitCodes.failed));
  });
}

export interface Actions {
  push(url: string | undefined, flags: PushFlags): Promise<void>;
  devices(flags: DevicesFlags): Promise<void>;
  probe(device: string, flags: ProbeFlags): Promise<void>;
}

export function commandLine(actions: Actions): Command {
  const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string };
  const program = new Command('rtmp-pusher')
    .description('Publishes live picture and sound to any RTMP server.')
    .version(version)
    .addHelpText('after', exitCodesHelp);
  program.addCommand(pushCommand().action(actions.push));
  program.addCommand(new Command('devices')
    .description('Lists the cameras with their modes, screens, microphones and monitors of this machine.')
    .option('--watch', 'tell of those that come and go, until it is interrupted')
    .option('--json', 'one JSON object: devices, and notes on what could not be looked for; with --watch one a line')
    .action(actions.devices));
  program.addCommand(probeCommand().action(actions.probe));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showHelpAfterError('(--help shows what there is)')
      .configureOutput({ outputError: (text, write) => write(visibleLines(maskKeys(text))) });
  }
  return program;
}
