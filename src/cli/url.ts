// Where the URL comes from: it holds the stream key, and arguments are for all users of the machine to read.
import { createInterface } from 'node:readline/promises';
import { UsageError } from './exit.js';

export async function readUrl(argument: string | undefined, stdin: NodeJS.ReadableStream): Promise<string> {
  const url = argument === '-' ? await firstLine(stdin) : (argument ?? process.env['RTMP_PUSHER_URL']);
  if (!url) throw new UsageError('push needs a URL: as argument, in RTMP_PUSHER_URL, or with "-" on stdin');
  return url.trim();
}

async function firstLine(stdin: NodeJS.ReadableStream): Promise<string | undefined> {
  const lines = createInterface({ input: stdin });
  try {
    for await (const line of lines) return line;
    return undefined;
  } finally {
    lines.close();
    // An open stdin would keep the process running.
    stdin.pause();
  }
}
