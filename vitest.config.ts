// Projects by what they need: unit and types nothing, the others the built addon (npm run build) and programs from Debian.
import { defineConfig } from 'vitest/config';

const project = (name: string) => ({ extends: true as const, test: { name, include: [`test/${name}/**/*.test.ts`] } });

export default defineConfig({
  test: {
    // Ends a test that hangs; none waits for time. Streams are published in real time and two cores encode them, hence one
    // file after the other.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    projects: ['unit', 'types', 'publish', 'lifecycle', 'vm'].map(project),
  },
});
