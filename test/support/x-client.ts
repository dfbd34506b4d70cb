// An X client of a few requests (X Window System Protocol 11): draws rectangles straight on the root window, so that the whole
// picture of the screen is known, gives it a cursor of one colour, moves the pointer, and changes the screen's size.
import { connect, type Socket } from 'node:net';

export class XClient {
  private nextId: number;
  private readonly replies: Buffer[] = [];
  private received = Buffer.alloc(0);

  private constructor(
    private readonly socket: Socket,
    private readonly root: number,
    idBase: number,
  ) {
    this.nextId = idBase;
    socket.on('data', (part) => {
      this.received = Buffer.concat([this.received, part]);
      for (let size; this.received.length >= (size = answerSize(this.received)); this.received = this.received.subarray(size)) {
        this.replies.push(this.received.subarray(0, size));
      }
    });
  }

  static async open(display: string): Promise<XClient> {
    const socket = connect(`/tmp/.X11-unix/X${display.slice(1)}`);
    const greeting = Buffer.alloc(12);
    greeting.write('l');
    greeting.writeUInt16LE(11, 2);
    socket.write(greeting);
    const answer = await new Promise<Buffer>((resolve, reject) => {
      let bytes = Buffer.alloc(0);
      const onData = (part: Buffer): void => {
        bytes = Buffer.concat([bytes, part]);
        if (bytes.length < 8 || bytes.length < 8 + 4 * bytes.readUInt16LE(6)) return;
        socket.off('data', onData);
        resolve(bytes);
      };
      socket.on('data', onData).once('error', reject);
    });
    if (answer[0] !== 1) throw new Error('the X server refused');
    const vendor = answer.readUInt16LE(24);
    const formats = answer.readUInt8(29);
    const screen = 40 + Math.ceil(vendor / 4) * 4 + formats * 8;
    return new XClient(socket, answer.readUInt32LE(screen), answer.readUInt32LE(12));
  }

  /** Returns when the server has drawn it. `colour` is 0xRRGGBB. */
  async fill(x: number, y: number, width: number, height: number, colour: number): Promise<void> {
    const context = this.nextId++;
    this.request(55, 0, [u32(context), u32(this.root), u32(0x4), u32(colour)]);
    this.request(70, 0, [u32(this.root), u32(context), i16(x, y, width, height)]);
    this.request(60, 0, [u32(context)]);
    await this.sync();
  }

  /** Makes the cursor over the root window a square of `size` pixels, its hot spot in the left upper corner. */
  async squareCursor(size: number, colour: number): Promise<void> {
    const [pixmap, context, cursor] = [this.nextId++, this.nextId++, this.nextId++];
    this.request(53, 1, [u32(pixmap), u32(this.root), i16(size, size)]);
    this.request(55, 0, [u32(context), u32(pixmap), u32(0x4), u32(1)]);
    this.request(70, 0, [u32(pixmap), u32(context), i16(0, 0, size, size)]);
    const channels = [16, 8, 0].map((shift) => ((colour >> shift) & 0xff) * 257);
    const foreground = Buffer.alloc(6);
    channels.forEach((value, index) => foreground.writeUInt16LE(value, index * 2));
    this.request(93, 0, [u32(cursor), u32(pixmap), u32(0), foreground, foreground, i16(0, 0)]);
    this.request(2, 0, [u32(this.root), u32(0x4000), u32(cursor)]);
    await this.sync();
  }

  async movePointer(x: number, y: number): Promise<void> {
    this.request(41, 0, [u32(0), u32(this.root), i16(0, 0, 0, 0, x, y)]);
    await this.sync();
  }

  /** To one that is not larger than the first: a screen may be smaller than its monitor only once that is switched off. */
  async resize(width: number, height: number): Promise<void> {
    const randr = (await this.ask(98, 0, [i16(5, 0), Buffer.from('RANDR\0\0\0')])).readUInt8(9); // QueryExtension
    await this.ask(randr, 0, [u32(1), u32(3)]); // QueryVersion
    const resources = await this.ask(randr, 8, [u32(this.root)]); // GetScreenResources
    const [configured, monitor] = [resources.readUInt32LE(12), resources.readUInt32LE(32)];
    await this.ask(randr, 21, [u32(monitor), u32(0), u32(configured), i16(0, 0), u32(0), i16(1, 0)]); // SetCrtcConfig
    this.request(randr, 7, [u32(this.root), i16(width, height), u32(100), u32(100)]); // SetScreenSize
    await this.sync();
  }

  close(): void {
    this.socket.destroy();
  }

  private request(opcode: number, detail: number, parts: readonly Buffer[]): void {
    const body = Buffer.concat(parts);
    const head = Buffer.from([opcode, detail, 0, 0]);
    head.writeUInt16LE(1 + body.length / 4, 2);
    this.socket.write(Buffer.concat([head, body]));
  }

  /** GetInputFocus: its reply says that everything before it is done. An error reply of any request before fails the test. */
  private async sync(): Promise<void> {
    await this.ask(43, 0, []);
  }

  /** A request's reply. */
  private async ask(opcode: number, detail: number, parts: readonly Buffer[]): Promise<Buffer> {
    this.request(opcode, detail, parts);
    let reply: Buffer | undefined;
    while (!(reply = this.replies.shift())) await new Promise((resolve) => this.socket.once('data', resolve));
    if (reply[0] === 0) throw new Error(`X error ${reply[1]} for request ${reply[10]}`);
    return reply;
  }
}

/** Of the first that has come: an error, an event, or a reply, which says how much longer it is. */
function answerSize(received: Buffer): number {
  return received.length >= 32 && received[0] === 1 ? 32 + 4 * received.readUInt32LE(4) : 32;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function i16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => bytes.writeInt16LE(value, index * 2));
  return bytes;
}
