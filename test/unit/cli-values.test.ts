import { expect, test } from 'vitest';
import { parseBitrate, parseControl, parseExtra, parseNumber, parseRegion, parseSize } from '../../src/cli/values.js';

test.for([['30', 30], ['29.97', 29.97], ['-1', -1], ['1e3', 1_000]] as const)('the number %s', ([text, value]) =>
  expect(parseNumber(text)).toBe(value));
test.for(['', ' ', 'x', '5x', 'NaN', 'Infinity'])('no number: "%s"', (text) =>
  expect(() => parseNumber(text)).toThrow('must be a number'));

test.for([['2500000', 2_500_000], ['2500k', 2_500_000], ['2.5M', 2_500_000], ['96K', 96_000], ['0', 0]] as const)(
  'the bitrate %s', ([text, value]) => expect(parseBitrate(text)).toBe(value));
test.for(['', 'k', '-5k', '5G', '2500 k'])('no bitrate: "%s"', (text) =>
  expect(() => parseBitrate(text)).toThrow('must be bit/s'));

test('sizes and regions', () => {
  expect(parseSize('1280x720')).toEqual({ width: 1280, height: 720 });
  expect(parseRegion('1280x720+10+20')).toEqual({ width: 1280, height: 720, x: 10, y: 20 });
  expect(parseRegion('1280X720')).toEqual({ width: 1280, height: 720, x: 0, y: 0 });
});
test.for(['1280', '1280x', 'x720', '-5x5', '1280x720x3'])('no size: %s', (text) =>
  expect(() => parseSize(text)).toThrow('WIDTHxHEIGHT'));

test('a camera\'s controls come together, the later one counts', () => {
  expect(parseControl('brightness=-5', parseControl('brightness=7', parseControl('hue=0')))).toEqual({ hue: 0, brightness: -5 });
  for (const text of ['hue', 'hue=', 'hue=x', '=5']) expect(() => parseControl(text)).toThrow('NAME=INTEGER');
});

test('x264 options come together, the later one counts', () => {
  expect(parseExtra('me=dia', parseExtra('me=umh', parseExtra('psy-rd=1.0=0')))).toEqual({ 'psy-rd': '1.0=0', me: 'dia' });
  expect(parseExtra('nr=')).toEqual({ nr: '' });
  expect(() => parseExtra('=5')).toThrow('NAME=VALUE');
});
