// The stream key is a password: whoever reads it can publish in its owner's name. This file is the only form in which text that
// may hold a URL leaves the TypeScript side, the native side's messages included.

const rtmpUrl = /(["'`<]?)(rtmp[a-z]*:\/\/)(\S*)/gi;
/** Messages say it to whoever got it wrong. */
const form = 'host[:port]/app/streamKey';

/**
 * Replaces the key of every RTMP URL in a text: `rtmp://host/app/****`. The key is the last segment of the path with its query;
 * a URL without an app may be nothing but a key, so all after the host goes. A password before the host goes too. Keys and passwords
 * hold any character but white space: where that leaves it open which part is the key, more is hidden.
 */
export function maskKeys(text: string): string {
  return text.replace(rtmpUrl, (_, opening: string, scheme: string, rest: string) => {
    const end = sentence(rest, opening);
    return opening + scheme + masked(rest.slice(0, rest.length - end.length)) + end;
  });
}

/** What is behind a URL: the quote that closes what `opening` opens, with the marks after it, or a single mark. */
function sentence(rest: string, opening: string): string {
  const closing = opening === '<' ? '>' : opening;
  const from = closing === '' ? -1 : rest.lastIndexOf(closing);
  if (from >= 0 && !/\w/.test(rest.slice(from))) return rest.slice(from);
  return /[,;:.]$/.exec(rest)?.[0] ?? '';
}

function masked(rest: string): string {
  if (rest === form) return rest;
  const [authority = '', ...path] = (rest.split(/[?#]/, 1)[0] ?? '').split('/');
  // A password with a slash in it, or a key with an @.
  if (rest.lastIndexOf('@') > authority.length) return '****';
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (path.length === 0) return host;
  // An empty name: the key is not where it should be. No more than what must be the app is shown.
  const app = path.includes('') ? path.slice(0, path.filter((name) => name !== '').length > 1 ? 1 : 0) : path.slice(0, -1);
  return [host, ...app.filter((name) => name !== ''), '****'].join('/');
}
