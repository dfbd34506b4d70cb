import { readFileSync } from 'node:fs';

/** Microseconds that the main thread of this process has been on a processor. */
export const threadCpu = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
