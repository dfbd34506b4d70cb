// The stream key in what a program is shown: the native side knows the URL, src/mask.ts only texts that may hold one.
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { maskKeys } from '../../src/mask.js';
import { native } from '../../src/native.js';
import { publish, tone, type RtmpError } from '../../src/index.js';
import { awaitPublish, startIngest, startScriptedServer } from '../support/scripted-server.js';
import { rejection } from '../support/until.js';

/** Each with its masked form, the same for both. Where a key has an @, a text could be a user's name and password: it shows no host. */
const urls = [
  ['rtmp://host/app/key', 'rtmp://host/app/****'],
  ['rtmp://host:1936/app/inst/key', 'rtmp://host:1936/app/inst/****'],
  ['rtmp://host/app/key?token=a&b', 'rtmp://host/app/****'],
  ['rtmp://host/app/key?token=/a/b', 'rtmp://host/app/****'],
  ['rtmp://host/app/inst/key?token=a', 'rtmp://host/app/inst/****'],
  ['rtmp://host/app?vhost=one/key', 'rtmp://host/****'],
  ['rtmp://host/app?vhost=one/key?token=a', 'rtmp://host/****'],
  ['rtmp://host/app/?streamname=a&key=b', 'rtmp://host/****'],
  ['rtmp://host/app/key/?token=a', 'rtmp://host/app/****'],
  ['rtmp://host/name', 'rtmp://host/****'],
  ['rtmp://host/name?user=joe&pass=word', 'rtmp://host/****'],
  ['rtmp://host/name?user=joe&pass=wo/rd', 'rtmp://host/****'],
  ['rtmp://host:1936/name?', 'rtmp://host:1936/****'],
  ['rtmp://[2001:db8::1]/name', 'rtmp://[2001:db8::1]/****'],
  ['rtmp://[2001:db8::1]:1936/app/key', 'rtmp://[2001:db8::1]:1936/app/****'],
  ['rtmp://host/app/k#ey', 'rtmp://host/app/****'],
  ['rtmp://host/app/key#a/b', 'rtmp://host/app/****'],
  ['rtmp://host/na#me', 'rtmp://host/****'],
] as const;

test.for(urls)('%s', ([url, masked]) => {
  expect(native.parseUrl(url).masked).toBe(masked);
  expect(maskKeys(url)).toBe(masked);
  expect(maskKeys(masked)).toBe(masked);
});

test('random URLs are masked alike', () => {
  const pieces = ['app', 'key', 'x', '/', '/', '?', '#', '=', '&', '~', '%2F', '*', ':', '.'];
  let accepted = 0;
  for (let time = 0; time < 20_000; time++) {
    let url = 'rtmp://host/a';
    for (let count = Math.random() * 10; count > 0; count--) url += pieces[Math.floor(Math.random() * pieces.length)];
    url += 'z'; // a mark at the end is a sentence's
    let masked;
    try {
      masked = native.parseUrl(url).masked;
    } catch {
      continue;
    }
    accepted += 1;
    expect(maskKeys(url), url).toBe(masked);
    expect(maskKeys(`see ${url}, or "${url}".`), url).toBe(`see ${masked}, or "${masked}".`);
  }
  expect(accepted).toBeGreaterThan(1_000);
});

test('nothing that comes of a refusal shows the key, however the server writes it', async () => {
  const key = 's3cret+k&y/?token=T0ken/"x"&PLAIN~one'.replace('/?', '?');
  const json = JSON.stringify(key).slice(1, -1).replaceAll('/', '\\/');
  const html = key.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('+', '&#43;');
  const forms = [key, encodeURIComponent(key), encodeURIComponent(encodeURIComponent(key)), encodeURI(key), json, html, 'PLAIN~one', 'T0ken%2F%22x%22'];
  const server = await startScriptedServer(async (peer) => {
    await awaitPublish(peer);
    peer.onStatus('NetStream.Publish.BadName', 'error', forms.join(' | '));
  });
  const error = (await rejection(publish(server.url(key), { audio: tone() }))) as unknown as RtmpError;
  await server.stop();
  expect(error.status?.description).toBe(forms.map(() => '****').join(' | '));
  const shown = [error.message, error.stack, JSON.stringify(error), inspect(error, { depth: 9, showHidden: true })].join('\n');
  expect(shown).not.toMatch(/s3cret|T0ken|PLAIN/);
});

test.for(['mystream', 'mystream?user=joe&pass=word'])('%s: one name is published as FFmpeg does', async (name) => {
  const server = await startIngest();
  const stream = await publish(`rtmp://127.0.0.1:${server.port}/${name}`, { audio: tone() });
  expect(stream.stats().destinations[0]?.url).toBe(`rtmp://127.0.0.1:${server.port}/****`);
  await stream.stop();
  expect(server.connect()[0]).toMatchObject({ app: name, tcUrl: `rtmp://127.0.0.1:${server.port}/${name}` });
  expect(server.key()).toBe('');
  await server.stop();
});
