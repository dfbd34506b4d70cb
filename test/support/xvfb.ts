// A private X server without hardware.
import type { Readable } from 'node:stream';
import { Daemon } from './daemon.js';

export class Xvfb {
  constructor(
    /** ":7" and the like. */
    readonly display: string,
    private readonly daemon: Daemon,
  ) {}

  /** Kills it: its clients lose their connection. */
  stop(): Promise<void> {
    return this.daemon.stop();
  }
}

export interface XvfbSettings {
  readonly display?: string;
  readonly options?: readonly string[];
}

/** `display`: as that of a server that has ended; by default a free one. `options`: by default everyone is let in. */
export async function startXvfb(width: number, height: number, { display, options = ['-ac'] }: XvfbSettings = {}): Promise<Xvfb> {
  const screen = ['-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'];
  const daemon = new Daemon('Xvfb', [...(display ? [display] : []), '-displayfd', '3', ...screen, ...options]);
  const ready = daemon.process.stdio[3] as Readable;
  // The number arrives when the server accepts connections.
  const number = await new Promise<string>((resolve, reject) => {
    let text = '';
    ready.on('data', (part: Buffer) => {
      text += part.toString();
      if (text.includes('\n')) resolve(`:${text.trim()}`);
    });
    void daemon.exited.then(() => reject(new Error(`Xvfb did not start: ${daemon.output}`)));
  });
  return new Xvfb(display ?? number, daemon);
}
