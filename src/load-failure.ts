// Why the native addon did not load, and what to do about it. Pure.

/** What is known of an attempt to load it. */
export interface LoadAttempt {
  /** The file that was tried; without one, none was found. */
  readonly file?: string | undefined;
  /** It is RTMP_PUSHER_NATIVE that named the file. */
  readonly named: boolean;
  /** Where this package lies; undefined where its code runs as part of a bundle. */
  readonly root?: string | undefined;
  /** The package is a clone of the repository. */
  readonly clone: boolean;
  /** What the loader threw. */
  readonly error?: unknown;
  /** Of this process. */
  readonly platform: string;
  readonly arch: string;
  /** The version of glibc that Node.js runs with; undefined with another C library, such as Alpine's musl. */
  readonly glibc?: string | undefined;
  /** Node.js runs with its permission model. */
  readonly permission: boolean;
}

const fromSource =
  'build it on this machine: "npm explore rtmp-pusher -- npm run build:native" (README.md says which packages that needs)';
const again = 'remove node_modules/rtmp-pusher and install it again';

/** One sentence on what happened and one on what to do, the loader's own words behind them. */
export function loadFailure(attempt: LoadAttempt): Error {
  const said = attempt.error instanceof Error ? attempt.error.message : String(attempt.error ?? '');
  const quoted = said === '' ? '' : ` The loader said: ${said}`;
  return new Error(`rtmp-pusher: the native addon could not be loaded: ${explain(attempt, said)}.${quoted}`, { cause: attempt.error });
}

function explain(attempt: LoadAttempt, said: string): string {
  const { platform, arch, root } = attempt;
  if (platform !== 'linux') return `this package runs on Linux only, not on ${platform}`;
  if (attempt.error !== undefined) {
    const where = attempt.named ? `RTMP_PUSHER_NATIVE names ${attempt.file}, and ` : '';
    return where + reason(attempt, said);
  }
  if (root === undefined) {
    return 'this code was bundled, and the addon is a file that does not go into a bundle. Mark rtmp-pusher as external ' +
      '(esbuild --external:rtmp-pusher, webpack externals, rollup external) and install it beside the bundle, or let the environment ' +
      'variable RTMP_PUSHER_NATIVE name the addon: the absolute path of rtmp_pusher.node, or of rtmp-pusher.node in a package\'s ' +
      'prebuilds/, with the libraries that lie beside it';
  }
  if (attempt.clone) return 'it is not built yet in this clone: run "npm run build"';
  return `${root} has none for linux-${arch}: either only a part of the package was copied here, then copy all of it with its folder ` +
    `prebuilds/; or there is none for this machine, then ${fromSource}`;
}

/** Of a file that is there, or was said to be there. */
function reason({ error, clone, root, arch, glibc, permission, named }: LoadAttempt, said: string): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const rebuild = clone ? 'run "npm run build"' : fromSource;
  if (code === 'ERR_DLOPEN_DISABLED') {
    return permission
      ? 'Node.js runs with its permission model, which keeps addons out. Start it with --allow-addons too'
      : 'Node.js was started with --no-addons. Start it without';
  }
  if (code === 'ERR_ACCESS_DENIED') {
    return `Node.js's permission model does not let it be read. Start it with --allow-fs-read=${named || !root ? 'the path' : root} and --allow-addons`;
  }
  if (code === 'MODULE_NOT_FOUND' || code === 'ENOENT') return 'that file does not exist. It must be an absolute path of the addon';
  if (glibc === undefined) {
    return 'this Node.js stands on another C library than glibc (Alpine Linux has musl), for which there is no addon. ' +
      'Take an image with glibc, such as node:22-slim';
  }
  const version = /version [`'"]((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)['"] not found/.exec(said)?.[1];
  if (version) {
    const library = version.startsWith('GLIBC_') ? `glibc (${glibc})` : 'libstdc++';
    return `this system's ${library} is older than the addon needs, which is ${version}. Take a newer system ` +
      `(Debian 12, Ubuntu 22.04, RHEL 9 or later), or ${rebuild}`;
  }
  const library = /(\S+\.so[.\d]*): cannot open shared object file: No such file/.exec(said)?.[1];
  if (library) {
    return `the library ${library} is missing. ${clone || named ? 'Install it' : `In a packed release it lies beside the addon: ${again}`}, or ${rebuild}`;
  }
  if (/too many open files/i.test(said)) return 'this process has no descriptor left. Raise its limit (ulimit -n) or see what it leaves open';
  if (/cannot allocate memory/i.test(said)) return 'this process has no memory left';
  if (/failed to map segment|operation not permitted/i.test(said)) {
    return 'the system does not let code from there be run: is the file system mounted noexec? Install it elsewhere';
  }
  if (/permission denied/i.test(said)) return 'this user may not read it. Look at the permissions of the file and of the folders above it';
  if (/invalid elf|wrong elf|elf header|file too short|elf load command|cannot read file data/i.test(said)) {
    return `the file is damaged or made for another machine than ${arch}. ${clone ? 'Run "npm run build"' : `${again[0]!.toUpperCase()}${again.slice(1)}`}`;
  }
  return `${rebuild}, or ${clone ? 'look at what the loader says' : again}`;
}
