// An RTMP server that does what a script says: good manners in parts, so that a test can leave them at any point.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Amf } from './amf0.js';
import { ClosedByClient, RtmpPeer, type Message } from './rtmp-peer.js';

export interface ScriptedServer {
  readonly port: number;
  url(key?: string): string;
  /** Connections accepted so far, and those still open. */
  accepted(): number;
  open(): number;
  stop(): Promise<void>;
}

/** `script` is run for each connection. It ends by returning; the connection then stays as it is until the client closes it. */
export async function startScriptedServer(script: (peer: RtmpPeer) => Promise<void> | void): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const peer = new RtmpPeer(socket);
    void Promise.resolve(script(peer)).catch((error: unknown) => {
      if (!(error instanceof ClosedByClient)) throw error;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: (key = 'key') => `rtmp://127.0.0.1:${port}/live/${key}`,
    accepted: () => accepted,
    open: () => sockets.size,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Handshake and `connect`; returns what the client sent with it. */
export async function acceptConnect(peer: RtmpPeer): Promise<Amf[]> {
  await peer.handshake();
  const connect = await peer.readCommand('connect');
  peer.send(5, Buffer.from([0, 0x4c, 0x4b, 0x40]));
  peer.send(6, Buffer.from([0, 0x4c, 0x4b, 0x40, 2]));
  peer.command(
    '_result',
    connect.transaction,
    { fmsVer: 'FMS/3,0,1,123', capabilities: 31 },
    { level: 'status', code: 'NetConnection.Connect.Success', description: 'Connection succeeded.' },
  );
  return connect.values;
}

/** All that lies between the first byte and the command `publish`, which is left unanswered. */
export async function awaitPublish(peer: RtmpPeer): Promise<[connect: Amf[], key: string]> {
  const connect = await acceptConnect(peer);
  const createStream = await peer.readCommand('createStream');
  peer.command('_result', createStream.transaction, null, 1);
  const { values } = await peer.readCommand('publish');
  return [connect, String(values[1])];
}

export async function acceptPublish(peer: RtmpPeer): Promise<void> {
  await awaitPublish(peer);
  peer.onStatus('NetStream.Publish.Start', 'status', 'Start publishing');
}

export interface Ingest extends ScriptedServer {
  /** All that came after the answer to `publish`. */
  readonly messages: Message[];
  /** Of the command `connect`. */
  connect(): Amf[];
  /** Of the command `publish`. */
  key(): string;
  /** What the client announced. */
  chunkSize(): number;
}

/** A server that accepts a publication and keeps every message of it. */
export async function startIngest(): Promise<Ingest> {
  const messages: Message[] = [];
  let [connect, key, peer]: [Amf[], string, RtmpPeer | undefined] = [[], '', undefined];
  const server = await startScriptedServer(async (client) => {
    peer = client;
    [connect, key] = await awaitPublish(client);
    client.onStatus('NetStream.Publish.Start', 'status', 'Start publishing');
    for (;;) messages.push(await client.readMessage());
  });
  return { ...server, messages, connect: () => connect, key: () => key, chunkSize: () => peer?.inChunkSize ?? 0 };
}
