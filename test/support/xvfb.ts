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

/** `display`: as that of a server that has ended; by default a free one. */
export async function startXvfb(width: number, height: number, display?: string): Promise<Xvfb> {
  const size = `${width}x${height}x24`;
  const daemon = new Daemon('Xvfb', [...(display ? [display] : []), '-displayfd', '3', '-screen', '0', size, '-nolisten', 'tcp', '-noreset', '-ac']);
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
