// What is written after a flag, read. Pure. Whether a number is within its range is for publish() to say.
import { InvalidArgumentError } from 'commander';

export interface Size { readonly width: number; readonly height: number }
export interface Region extends Size { readonly x: number; readonly y: number }

/** 30, 29.97. */
export function parseNumber(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** bit/s: 2500000, 2500k, 2.5M. */
export function parseBitrate(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kKmM]?)$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('It must be bit/s, such as 2500k or 2.5M.');
  return Math.round(Number(number) * { '': 1, k: 1e3, m: 1e6 }[unit.toLowerCase() as '' | 'k' | 'm']);
}

/** 1280x720. */
export function parseSize(text: string): Size {
  const [, width, height] = /^(\d+)x(\d+)$/i.exec(text) ?? [];
  if (height === undefined) throw new InvalidArgumentError('It must be WIDTHxHEIGHT, such as 1280x720.');
  return { width: Number(width), height: Number(height) };
}

/** As X writes a geometry: 1280x720+100+50. */
export function parseRegion(text: string): Region {
  const [, width, height, x = 0, y = 0] = /^(\d+)x(\d+)(?:\+(\d+)\+(\d+))?$/i.exec(text) ?? [];
  if (height === undefined) throw new InvalidArgumentError('It must be WIDTHxHEIGHT+X+Y, such as 1280x720+0+0.');
  return { width: Number(width), height: Number(height), x: Number(x), y: Number(y) };
}

/** One more name=value for those before it, the value an integer. */
export function parseControl(text: string, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const [, name, value] = /^([^=]+)=(-?\d+)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It must be NAME=INTEGER, such as brightness=128.');
  return { ...before, [name]: Number(value) };
}

/** One more name=value for those before it. */
export function parseExtra(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be NAME=VALUE, such as me=dia.');
  return { ...before, [name]: value };
}
