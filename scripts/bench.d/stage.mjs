// Where all peers play: one screen with its clock, one sound server with its beeps, one RTMP server. All private, on free ports.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, get } from 'node:http';
import { Child, endAll, sleep } from './child.mjs';

const kSink = 'speakers';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const nginxConfig = (home, rtmpPort, httpPort) => `
load_module modules/ngx_rtmp_module.so;
daemon off;
worker_processes 1;
pid ${home}/nginx.pid;
error_log ${home}/nginx.log;
events { worker_connections 64; }
rtmp { access_log off; server { listen 127.0.0.1:${rtmpPort}; application live { live on; } } }
http {
  access_log off;
  client_body_temp_path ${home}/t1; proxy_temp_path ${home}/t2; fastcgi_temp_path ${home}/t3;
  uwsgi_temp_path ${home}/t4; scgi_temp_path ${home}/t5;
  server { listen 127.0.0.1:${httpPort}; location /stat { rtmp_stat all; } }
}
`;

/** Folders of stages that are not closed yet. */
const homes = new Set();

/** However a run ends: no process and no file of it stays. */
export async function clearAll() {
  await endAll();
  for (const home of homes) await rm(home, { recursive: true, force: true });
}

export class Stage {
  /** Without a screen and without sound. */
  static async openServer() {
    const stage = new Stage();
    stage.home = await mkdtemp(join(tmpdir(), 'rtmp-pusher-bench-'));
    homes.add(stage.home);
    await stage.#openServer();
    return stage;
  }

  static async open({ width, height, programs }) {
    const stage = await Stage.openServer();
    Object.assign(stage, { width, height });
    await stage.#openScreen();
    await stage.#openSound();
    stage.clock = new Child(join(programs, 'screen-clock'), [stage.display, kSink], { env: stage.env });
    await stage.clock.until(() => stage.clock.lines.includes('ready'), 'the screen clock');
    return stage;
  }

  get env() {
    return { DISPLAY: this.display, PULSE_SERVER: `unix:${this.home}/native`, HOME: this.home, XDG_RUNTIME_DIR: this.home };
  }

  get monitor() {
    return `${kSink}.monitor`;
  }

  url(key) {
    return `rtmp://127.0.0.1:${this.rtmpPort}/live/${key}`;
  }

  /** Whether /stat lists a publisher under this key. */
  async lists(key) {
    const page = await new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port: this.httpPort, path: '/stat', agent: this.agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (more) => (text += more)).on('end', () => resolve(text));
      }).on('error', reject);
    });
    return page.split('<stream>').some((stream) => stream.includes(`<name>${key}</name>`) && stream.includes('<publishing/>'));
  }

  /** Ends everything; gives what the clock, where there is one, says of its own precision. */
  async close() {
    await this.clock?.end();
    const account = this.clock && JSON.parse(this.clock.lines.at(-1));
    for (const child of [this.nginx, this.pulse, this.xvfb]) await child?.end();
    this.agent.destroy();
    await rm(this.home, { recursive: true, force: true });
    homes.delete(this.home);
    return account;
  }

  async #openScreen() {
    const screen = `${this.width}x${this.height}x24`;
    this.xvfb = new Child('Xvfb', ['-displayfd', '1', '-screen', '0', screen, '-nolisten', 'tcp', '-noreset', '-ac']);
    await this.xvfb.until(() => this.xvfb.lines.length > 0, 'its display number');
    this.display = `:${this.xvfb.lines[0].trim()}`;
  }

  async #openSound() {
    const { PULSE_SERVER: address, ...env } = this.env;
    const modules = [
      `module-native-protocol-unix socket=${this.home}/native auth-anonymous=1`,
      `module-null-sink sink_name=${kSink} rate=48000`,
    ];
    this.pulse = new Child('pulseaudio', ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no',
      '--log-target=stderr', ...modules.flatMap((module) => ['-L', module])], { env: { ...env, PULSE_RUNTIME_PATH: this.home } });
    for (let ready = false; !ready; ) {
      const probe = new Child('pactl', ['-s', address, 'list', 'short', 'sinks'], { env });
      await probe.ended;
      ready = probe.lines.some((line) => line.includes(kSink));
      if (!this.pulse.alive) throw new Error(`pulseaudio ended: ${this.pulse.complaints}`);
      if (!ready) await sleep(100);
    }
  }

  async #openServer() {
    [this.rtmpPort, this.httpPort] = [await freePort(), await freePort()];
    this.agent = new Agent({ keepAlive: true });
    const config = join(this.home, 'nginx.conf');
    await writeFile(config, nginxConfig(this.home, this.rtmpPort, this.httpPort));
    this.nginx = new Child('nginx', ['-c', config, '-p', '/usr/share/nginx']);
    for (let ready = false; !ready; await sleep(50)) {
      if (!this.nginx.alive) throw new Error(`nginx ended: ${this.nginx.complaints}`);
      ready = await this.lists('').then(() => true, () => false);
    }
  }
}
