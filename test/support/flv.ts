// FLV tags, of a file or of the messages on the wire: both have the same bodies.
import { readFileSync } from 'node:fs';

export interface Tag {
  readonly type: 'audio' | 'video' | 'script';
  /** Milliseconds. */
  readonly timestamp: number;
  readonly body: Buffer;
}

const types: Readonly<Record<number, Tag['type']>> = { 8: 'audio', 9: 'video', 18: 'script' };

export function readFlv(file: string): Tag[] {
  const bytes = readFileSync(file);
  if (bytes.toString('latin1', 0, 3) !== 'FLV') throw new Error(`${file} is not FLV`);
  const tags: Tag[] = [];
  for (let at = bytes.readUInt32BE(5) + 4; at + 11 <= bytes.length; ) {
    const type = types[bytes.readUInt8(at) & 0x1f];
    const size = bytes.readUIntBE(at + 1, 3);
    const timestamp = bytes.readUIntBE(at + 4, 3) + bytes.readUInt8(at + 7) * 2 ** 24;
    if (type) tags.push({ type, timestamp, body: bytes.subarray(at + 11, at + 11 + size) });
    at += 11 + size + 4;
  }
  return tags;
}

/** Tags with media in them: neither sequence headers nor the end of the sequence. */
export const isMedia = (tag: Tag): boolean => (tag.type === 'video' || tag.type === 'audio') && tag.body[1] === 1;
export const isKeyframe = (tag: Tag): boolean => tag.type === 'video' && tag.body[1] === 1 && (tag.body.readUInt8(0) >> 4) === 1;

/** Signed milliseconds between decoding and showing. */
export const compositionTime = (tag: Tag): number => tag.body.readIntBE(2, 3);

export function mediaOf(tags: readonly Tag[], type: 'audio' | 'video'): Tag[] {
  return tags.filter((tag) => tag.type === type && isMedia(tag));
}

/** The NAL unit types of a video tag (AVCC with 4-byte lengths). */
export function nalTypes(tag: Tag): number[] {
  const found: number[] = [];
  for (let at = 5; at + 4 < tag.body.length; at += 4 + tag.body.readUInt32BE(at)) found.push(tag.body.readUInt8(at + 4) & 0x1f);
  return found;
}

/** The difference between each number and the one before it. */
export const steps = (times: readonly number[]): number[] => times.slice(1).map((time, index) => time - (times[index] ?? 0));

/** Where a sequence goes backwards: must be empty. */
export const backwards = (times: readonly number[]): number[] => steps(times).filter((step) => step < 0);
