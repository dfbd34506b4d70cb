// A real nginx with its RTMP module (Debian: nginx-light, libnginx-mod-rtmp) on ports of its own.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon, temporaryDirectory } from './daemon.js';
import { accepts, freePort } from './ports.js';
import { until } from './until.js';

export interface NginxOptions {
  /** False: the application takes no streams. */
  readonly live?: boolean;
  /** Further directives for `application live`. `HTTP` is the server's own http address, where /status/NNN answers NNN. */
  readonly application?: string;
}

export interface StatStream {
  readonly name: string;
  readonly publishing: boolean;
  readonly bytesIn: number;
  /** The XML of this stream. */
  readonly xml: string;
}

export class Nginx {
  constructor(
    readonly rtmpPort: number,
    readonly httpPort: number,
    private readonly directory: ReturnType<typeof temporaryDirectory>,
    private readonly daemon: Daemon,
  ) {}

  /** Everything published to application `live` is recorded. */
  url(key: string, app = 'live'): string {
    return `rtmp://127.0.0.1:${this.rtmpPort}/${app}/${key}`;
  }

  async streams(): Promise<StatStream[]> {
    const xml = await (await fetch(`http://127.0.0.1:${this.httpPort}/stat`)).text();
    return [...xml.matchAll(/<stream>([\s\S]*?)<\/stream>/g)].map(([, stream = '']) => ({
      name: /<name>(.*?)<\/name>/.exec(stream)?.[1] ?? '',
      publishing: stream.includes('<publishing/>'),
      bytesIn: Number(/<bytes_in>(\d+)/.exec(stream)?.[1] ?? 0),
      xml: stream,
    }));
  }

  async isPublished(key: string): Promise<boolean> {
    return (await this.streams()).some((stream) => stream.name === key && stream.publishing);
  }

  async published(key: string): Promise<void> {
    await until(`${key} is published`, () => this.isPublished(key));
  }

  async unpublished(key: string): Promise<void> {
    await until(`${key} is no longer published`, async () => !(await this.isPublished(key)));
  }

  /** The complete recording of the key's last publication. */
  async recording(key: string): Promise<string> {
    await this.unpublished(key);
    return join(this.directory.path, 'recordings', `${key}.flv`);
  }

  recordings(): string[] {
    return readdirSync(join(this.directory.path, 'recordings'));
  }

  /** nginx's error log, at level info: has one line for each connection, publication and end. */
  log(): string {
    return readFileSync(join(this.directory.path, 'error.log'), 'utf8');
  }

  /** The end of the power supply: connections are cut by the kernel. */
  kill(): Promise<void> {
    return this.daemon.stop('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.daemon.stop('SIGKILL');
    this.directory.remove();
  }
}

export async function startNginx(options: NginxOptions = {}): Promise<Nginx> {
  const directory = temporaryDirectory();
  const [rtmpPort, httpPort] = [await freePort(), await freePort()];
  mkdirSync(join(directory.path, 'recordings'));
  const configuration = join(directory.path, 'nginx.conf');
  writeFileSync(configuration, configurationFor(directory.path, rtmpPort, httpPort, options));
  const daemon = new Daemon('nginx', ['-p', directory.path, '-c', configuration, '-e', 'stderr']);
  const nginx = new Nginx(rtmpPort, httpPort, directory, daemon);
  try {
    await until('nginx listens', async () => {
      if (!daemon.running) throw new Error(`nginx did not start: ${daemon.output}`);
      return (await accepts(rtmpPort)) && (await accepts(httpPort));
    });
  } catch (error) {
    await nginx.stop();
    throw error;
  }
  return nginx;
}

function configurationFor(path: string, rtmpPort: number, httpPort: number, { live = true, application = '' }: NginxOptions): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${path}/${kind};`);
  const statuses = [401, 403, 404, 500].map((status) => `location = /status/${status} { return ${status}; }`);
  return `
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off;
master_process off;
pid ${path}/nginx.pid;
error_log ${path}/error.log info;
events { worker_connections 64; }
rtmp {
  access_log off;
  server {
    listen 127.0.0.1:${rtmpPort};
    listen [::1]:${rtmpPort};
    application live {
      live ${live ? 'on' : 'off'};
      record all;
      record_path ${path}/recordings;
      ${application.replaceAll('HTTP', `http://127.0.0.1:${httpPort}`)}
    }
  }
}
http {
  access_log off;
  ${temporary.join('\n  ')}
  server {
    listen 127.0.0.1:${httpPort};
    location = /stat { rtmp_stat all; }
    location /control { rtmp_control all; }
    ${statuses.join('\n    ')}
  }
}
`;
}
