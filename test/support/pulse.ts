// A private sound server with one null sink: what is played to the sink can be recorded from its monitor. PulseAudio, or PipeWire
// where $SOUND_SERVER is "pipewire".
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Daemon, temporaryDirectory } from './daemon.js';
import { until } from './until.js';

export class Pulse {
  constructor(
    /** The value for $PULSE_SERVER. */
    readonly server: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly daemon: Daemon,
    private readonly directory: ReturnType<typeof temporaryDirectory>,
  ) {}

  /** Plays a sine to the sink, on and on, until the player returned is stopped. */
  async playSine(frequency: number, amplitude = 0.5): Promise<Daemon> {
    const sine = `aevalsrc=${amplitude}*sin(2*PI*${frequency}*t):s=48000`;
    const player = new Daemon(
      'ffmpeg',
      // Two seconds ahead of what is heard, so that a busy machine does not let it run dry.
      ['-nostdin', '-loglevel', 'error', '-f', 'lavfi', '-i', sine, '-f', 'pulse', '-buffer_duration', '2000', 'sine'],
      { env: this.environment },
    );
    await until('the sine is played', async () => (await this.ask('list', 'short', 'sink-inputs')) !== '');
    return player;
  }

  /** pactl's answer. */
  async ask(...args: string[]): Promise<string> {
    const child = spawn('pactl', args, { env: this.environment, stdio: ['ignore', 'pipe', 'ignore'] });
    let answer = '';
    child.stdout.on('data', (text: Buffer) => (answer += text.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return code === 0 ? answer : '';
  }

  /** Kills the server: its clients lose their connection. */
  kill(): Promise<void> {
    return this.daemon.stop();
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
    this.directory.remove();
  }
}

const isPipeWire = process.env['SOUND_SERVER'] === 'pipewire';
/**
 * How far from 1,000 Hz a captured sine may be, in Hz. PipeWire's first words on its own time are off by up to a cycle, which the
 * resampler makes up for at up to 2,000 ppm.
 */
export const tunedWithin = isPipeWire ? 2.5 : 1;

export async function startPulse(sink = 'speakers'): Promise<Pulse> {
  const directory = temporaryDirectory();
  const home = directory.path;
  const server = `unix:${home}/${isPipeWire ? 'pulse/' : ''}native`;
  const environment = { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, PULSE_RUNTIME_PATH: home, PULSE_SERVER: server };
  const { PULSE_SERVER: _, ...own } = environment;
  const modules = [
    `module-native-protocol-unix socket=${home}/native auth-anonymous=1`,
    `module-null-sink sink_name=${sink} rate=48000`,
  ];
  const flags = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes', '--log-target=stderr'];
  const daemon = isPipeWire
    ? new Daemon('test/support/pipewire', [home, sink])
    : new Daemon('pulseaudio', [...flags, ...modules.flatMap((module) => ['-L', module])], { env: own });
  const pulse = new Pulse(server, environment, daemon, directory);
  try {
    await until('the sound server has its sink', async () => {
      if (!daemon.running) throw new Error(`it did not start: ${daemon.output}`);
      return (await pulse.ask('get-default-sink')).trim() === sink;
    });
  } catch (error) {
    await pulse.stop();
    throw error;
  }
  return pulse;
}
