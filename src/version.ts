// The package's own version, as its package.json says.
import { createRequire } from 'node:module';

export const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };
