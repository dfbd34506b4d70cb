// A TCP proxy that stands for a network: it can be stopped, slowed and opened again. A socket that is not read fills the
// kernel's buffers, and then the sender's, as a slow network does.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export class SlowLink {
  private readonly pairs = new Set<readonly [client: Socket, server: Socket]>();
  private readonly listener = createServer((client) => this.accept(client));
  private paused = false;
  private bytesPerSecond = Infinity;
  private port = 0;

  private constructor(private readonly target: number) {}

  static async to(target: number): Promise<SlowLink> {
    const link = new SlowLink(target);
    await new Promise<void>((resolve) => link.listener.listen(0, '127.0.0.1', resolve));
    link.port = (link.listener.address() as AddressInfo).port;
    return link;
  }

  url(key: string): string {
    return `rtmp://127.0.0.1:${this.port}/live/${key}`;
  }

  /** Nothing passes from the client to the server; what the server says still does. */
  pause(): void {
    this.paused = true;
    for (const [client] of this.pairs) client.pause();
  }

  resume(): void {
    this.paused = false;
    for (const [client] of this.pairs) client.resume();
  }

  /** So much passes from the client to the server from now on; what is beyond waits in the client's kernel, and in its own. */
  limit(bytesPerSecond: number): void {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Cuts all connections with a TCP reset. */
  cut(): void {
    for (const [client, server] of this.pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  stop(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.listener.close(() => resolve()));
  }

  private accept(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    const pair = [client, server] as const;
    this.pairs.add(pair);
    if (this.paused) client.pause();
    client.on('data', (part) => {
      server.write(part);
      if (this.bytesPerSecond === Infinity) return;
      client.pause();
      setTimeout(() => !this.paused && client.resume(), (part.length / this.bytesPerSecond) * 1000).unref();
    });
    server.on('data', (part) => client.write(part));
    const end = (): void => {
      this.pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    client.on('end', () => server.end()).on('error', end);
    server.on('end', () => client.end()).on('error', end).on('close', end);
    client.on('close', () => server.end());
  }
}
