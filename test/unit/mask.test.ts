import { expect, test } from 'vitest';
import { maskKeys } from '../../src/mask.js';

test.for([
  ['rtmp://host/app/key', 'rtmp://host/app/****'],
  ['rtmp://host:1936/app/inst/key?token=1&x=/y', 'rtmp://host:1936/app/inst/****'],
  ['rtmps://[2001:db8::1]:443/app/key', 'rtmps://[2001:db8::1]:443/app/****'],
  ['rtmp://user:password@host/app/key', 'rtmp://host/app/****'],
  ['rtmp://host/key', 'rtmp://host/****'],
  ['rtmp://host?key', 'rtmp://host'],
  ['RTMP://host/app/key', 'RTMP://host/app/****'],
  ['no "rtmp://a/b/key1", nor \'rtmp://c/d/key2\'!', 'no "rtmp://a/b/****", nor \'rtmp://c/d/****\'!'],
  ['http://host/page', 'http://host/page'],
  ['nothing', 'nothing'],
] as const)('%s', ([text, masked]) => expect(maskKeys(text)).toBe(masked));
