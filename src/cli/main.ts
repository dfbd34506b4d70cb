#!/usr/bin/env node
import { leave } from './interruption.js';
import { run } from './program.js';

await leave(await run(process.argv.slice(2)));
