// The stream key is a password: whoever reads it can publish in its owner's name. This file is the only form in which text that
// may hold a URL leaves the TypeScript side; the native side masks its own.

const rtmpUrl = /(rtmp[a-z]*:\/\/)([^\s"'`<>]*)/gi;

/**
 * Replaces the key of every RTMP URL in a text: `rtmp://host/app/****`. The key is the last segment of the path with its query;
 * a URL without an app may be nothing but a key, so all after the host goes. A password before the host goes too.
 */
export function maskKeys(text: string): string {
  return text.replace(rtmpUrl, (_, scheme: string, rest: string) => {
    const [authority = '', ...path] = (rest.split(/[?#]/, 1)[0] ?? '').split('/');
    const host = authority.slice(authority.lastIndexOf('@') + 1);
    return path.length === 0 ? scheme + host : [scheme + host, ...path.slice(0, -1), '****'].join('/');
  });
}
