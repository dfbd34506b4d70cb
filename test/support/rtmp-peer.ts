// The server's side of one RTMP connection (RTMP 1.0): handshake, chunks, commands. A script decides what is said and when.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { readAmf, writeAmf, type Amf } from './amf0.js';

export interface Message {
  readonly chunkStream: number;
  /** 1 Set Chunk Size … 8 audio, 9 video, 18 data, 20 command. */
  readonly type: number;
  readonly messageStream: number;
  /** Milliseconds, absolute. */
  readonly timestamp: number;
  readonly body: Buffer;
  /** Of the first chunk: 0 is a full header. */
  readonly headerFormat: number;
}

interface ChunkStream {
  timestamp: number;
  delta: number;
  length: number;
  type: number;
  messageStream: number;
  extended: boolean;
  headerFormat: number;
  parts: Buffer[];
  have: number;
}

export class ClosedByClient extends Error {
  constructor() {
    super('the client closed the connection');
  }
}

export class RtmpPeer {
  /** What the client announced by Set Chunk Size. */
  inChunkSize = 128;
  outChunkSize = 128;
  bytesReceived = 0;
  private received: Buffer[] = [];
  private held = 0;
  private ended = false;
  private wake: () => void = () => undefined;
  private readonly chunkStreams = new Map<number, ChunkStream>();

  constructor(readonly socket: Socket) {
    socket.on('data', (part) => {
      this.received.push(part);
      this.held += part.length;
      this.bytesReceived += part.length;
      this.wake();
    });
    const end = (): void => {
      this.ended = true;
      this.wake();
    };
    socket.on('end', end).on('close', end).on('error', end);
  }

  /** Throws ClosedByClient when the connection ends before. */
  async read(count: number): Promise<Buffer> {
    while (this.held < count) {
      if (this.ended) throw new ClosedByClient();
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const all = this.received.length === 1 ? (this.received[0] as Buffer) : Buffer.concat(this.received);
    this.received = all.length > count ? [all.subarray(count)] : [];
    this.held -= count;
    return all.subarray(0, count);
  }

  async handshake(): Promise<void> {
    await this.read(1);
    const c1 = await this.read(1536);
    this.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(8), randomBytes(1528), c1]));
    await this.read(1536);
  }

  /** The next whole message. Set Chunk Size is obeyed and given like any other. */
  async readMessage(): Promise<Message> {
    for (;;) {
      const message = await this.readChunk();
      if (message?.type === 1) this.inChunkSize = message.body.readUInt32BE(0);
      if (message) return message;
    }
  }

  /** The next command of this name; other messages on the way are passed over. */
  async readCommand(name: string): Promise<{ transaction: number; values: Amf[] }> {
    for (;;) {
      const message = await this.readMessage();
      if (message.type !== 20) continue;
      const [found, transaction, ...values] = readAmf(message.body);
      if (found === name) return { transaction: Number(transaction), values };
    }
  }

  write(bytes: Buffer): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  send(type: number, body: Buffer, options: { chunkStream?: number; messageStream?: number; timestamp?: number } = {}): void {
    const chunkStream = options.chunkStream ?? (type === 20 ? 3 : 2);
    const header = Buffer.alloc(12);
    header.writeUInt8(chunkStream);
    header.writeUIntBE(options.timestamp ?? 0, 1, 3);
    header.writeUIntBE(body.length, 4, 3);
    header.writeUInt8(type, 7);
    header.writeUInt32LE(options.messageStream ?? 0, 8);
    const parts: Buffer[] = [header];
    for (let at = 0; at < body.length; at += this.outChunkSize) {
      if (at > 0) parts.push(Buffer.from([0xc0 | chunkStream]));
      parts.push(body.subarray(at, at + this.outChunkSize));
    }
    this.write(Buffer.concat(parts));
  }

  command(name: string, transaction: number, ...values: Amf[]): void {
    this.send(20, writeAmf(name, transaction, ...values));
  }

  onStatus(code: string, level: 'status' | 'error', description?: string): void {
    this.send(20, writeAmf('onStatus', 0, null, { level, code, ...(description === undefined ? {} : { description }) }), {
      chunkStream: 5,
      messageStream: 1,
    });
  }

  close(): void {
    this.socket.destroy();
  }

  /** Cuts the connection with a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  private async readChunk(): Promise<Message | undefined> {
    const basic = (await this.read(1)).readUInt8(0);
    const headerFormat = basic >> 6;
    let id = basic & 0x3f;
    if (id === 0) id = 64 + (await this.read(1)).readUInt8(0);
    else if (id === 1) id = 64 + (await this.read(2)).readUInt16LE(0);
    const stream = this.chunkStreams.get(id) ?? emptyChunkStream();
    this.chunkStreams.set(id, stream);

    const header = await this.read([11, 7, 3, 0][headerFormat] ?? 0);
    let time = headerFormat < 3 ? header.readUIntBE(0, 3) : stream.extended ? 0xffffff : stream.delta;
    stream.extended = time === 0xffffff;
    if (stream.extended) time = (await this.read(4)).readUInt32BE(0);
    if (headerFormat < 2) {
      stream.length = header.readUIntBE(3, 3);
      stream.type = header.readUInt8(6);
    }
    if (headerFormat === 0) stream.messageStream = header.readUInt32LE(7);
    if (stream.have === 0) {
      stream.headerFormat = headerFormat;
      stream.delta = time;
      stream.timestamp = headerFormat === 0 ? time : (stream.timestamp + time) >>> 0;
    }

    const part = await this.read(Math.min(this.inChunkSize, stream.length - stream.have));
    stream.parts.push(part);
    stream.have += part.length;
    if (stream.have < stream.length) return undefined;
    const body = Buffer.concat(stream.parts);
    stream.parts = [];
    stream.have = 0;
    const { type, messageStream, timestamp } = stream;
    return { chunkStream: id, type, messageStream, timestamp, body, headerFormat: stream.headerFormat };
  }
}

function emptyChunkStream(): ChunkStream {
  return { timestamp: 0, delta: 0, length: 0, type: 0, messageStream: 0, extended: false, headerFormat: 0, parts: [], have: 0 };
}
