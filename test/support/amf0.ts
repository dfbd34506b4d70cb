// AMF0, as far as RTMP commands and onMetaData use it.

export type Amf = number | boolean | string | null | undefined | { readonly [key: string]: Amf } | readonly Amf[];

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

export function writeAmf(...values: readonly Amf[]): Buffer {
  return Buffer.concat(values.map(writeValue));
}

function writeValue(value: Amf): Buffer {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (typeof value === 'boolean') return Buffer.from([1, value ? 1 : 0]);
  if (typeof value === 'string') return Buffer.concat([Buffer.from([2]), text(value)]);
  if (value === null) return Buffer.from([5]);
  if (value === undefined) return Buffer.from([6]);
  const members = Object.entries(value).map(([key, member]) => Buffer.concat([text(key), writeValue(member)]));
  return Buffer.concat([Buffer.from([3]), ...members, Buffer.from([0, 0, 9])]);
}

export function readAmf(bytes: Buffer): Amf[] {
  const values: Amf[] = [];
  let at = 0;

  const readText = (): string => {
    const length = bytes.readUInt16BE(at);
    at += 2 + length;
    return bytes.toString('utf8', at - length, at);
  };
  const readMembers = (): Record<string, Amf> => {
    const members: Record<string, Amf> = {};
    for (;;) {
      const key = readText();
      if (key === '' && bytes[at] === 9) break;
      members[key] = readOne();
    }
    at += 1;
    return members;
  };
  const readOne = (): Amf => {
    const marker = bytes.readUInt8(at++);
    switch (marker) {
      case 0:
        return bytes.readDoubleBE((at += 8) - 8);
      case 1:
        return bytes.readUInt8(at++) !== 0;
      case 2:
        return readText();
      case 3:
        return readMembers();
      case 5:
        return null;
      case 6:
        return undefined;
      case 8:
        at += 4;
        return readMembers();
      case 10: {
        const length = bytes.readUInt32BE((at += 4) - 4);
        return Array.from({ length }, readOne);
      }
      default:
        throw new Error(`AMF0 marker ${marker} at ${at - 1}`);
    }
  };

  while (at < bytes.length) values.push(readOne());
  return values;
}
