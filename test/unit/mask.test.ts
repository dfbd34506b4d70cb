import { expect, test } from 'vitest';
import { maskKeys } from '../../src/mask.js';

test.for([
  ['rtmp://host/app/key', 'rtmp://host/app/****'],
  ['rtmp://host:1936/app/inst/key?token=1&x=/y', 'rtmp://host:1936/app/inst/****'],
  ['rtmps://[2001:db8::1]:443/app/key', 'rtmps://[2001:db8::1]:443/app/****'],
  ['rtmp://user:password@host/app/key', 'rtmp://host/app/****'],
  ['rtmp://host/key', 'rtmp://host/****'],
  ['rtmp://host?key', 'rtmp://host'],
  ['rtmp://host/name?user=joe&pass=word', 'rtmp://host/****'],
  // An app with a query, or a name whose query has a slash.
  ['rtmp://host/app?vhost=one/key', 'rtmp://host/****'],
  ['RTMP://host/app/key', 'RTMP://host/app/****'],
  ['no "rtmp://a/b/key1", nor \'rtmp://c/d/key2\'!', 'no "rtmp://a/b/****", nor \'rtmp://c/d/****\'!'],
  // Keys and passwords of every character.
  ['rtmp://host/app/my\'se"cret', 'rtmp://host/app/****'],
  ['no \'rtmp://host/app/my\'secret\', no', 'no \'rtmp://host/app/****\', no'],
  ['rtmp://user:pass/word@host/app/key', 'rtmp://****'],
  ['rtmp://user:pass?word@host/app/key', 'rtmp://****'],
  ['rtmp://user:p@ss@host/app/key', 'rtmp://host/app/****'],
  ['rtmp://host/app/k@y', 'rtmp://****'],
  // A key that is not last.
  ['rtmp://host/live/key/', 'rtmp://host/live/****'],
  ['rtmp://host/live/key/?token', 'rtmp://host/live/****'],
  ['rtmp://host/live/inst/key//', 'rtmp://host/live/****'],
  ['rtmp://host/key/', 'rtmp://host/****'],
  ['rtmp://host//key', 'rtmp://host/****'],
  ['rtmp://host//live/key', 'rtmp://host/****'],
  ['rtmp://host/', 'rtmp://host/****'],
  // Within a sentence, and what is masked already.
  ['rtmp://host/app/****: the connection is closed', 'rtmp://host/app/****: the connection is closed'],
  ['no device rtmp://host/app/key; there are:', 'no device rtmp://host/app/****; there are:'],
  ['{"url":"rtmp://host/app/key","more":1}', '{"url":"rtmp://host/app/****'],
  ['expected rtmp://host[:port]/app/streamKey', 'expected rtmp://host[:port]/app/streamKey'],
  ['http://host/page', 'http://host/page'],
  ['nothing', 'nothing'],
] as const)('%s', ([text, masked]) => expect(maskKeys(text)).toBe(masked));
