// What this process has running, as /proc shows it.
import { readdirSync, readFileSync } from 'node:fs';

/** The publisher's threads: all of their names begin with "rtmp", and the encoder's threads inherit theirs. */
export function publisherThreads(): string[] {
  return readdirSync('/proc/self/task').flatMap((id) => {
    try {
      const name = readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim();
      return name.startsWith('rtmp') ? [name] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
}
