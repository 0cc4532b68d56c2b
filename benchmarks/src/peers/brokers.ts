// The peers that are programs of their own: their configuration, kept as near to the default as a fair run allows, and their start.

import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Child, spawnChild } from '../run/child.js'
import { freePort } from '../run/free-port.js'

export interface Broker {
  readonly child: Child
  /** Of all its processes. */
  readonly pids: readonly number[]
  /** Where the bridge publishes. */
  readonly port: number
  /** Where clients connect. */
  readonly clientPort: number
  stop(): Promise<void>
}

const NATS_PROGRAMS = ['/usr/sbin/nats-server', '/usr/bin/nats-server', '/usr/local/bin/nats-server']
const NGINX_PROGRAMS = ['/usr/sbin/nginx', '/usr/local/sbin/nginx']
const NCHAN_MODULES = ['/usr/lib/nginx/modules/ngx_nchan_module.so', '/usr/share/nginx/modules/ngx_nchan_module.so']

/** Why it cannot be measured here, or null. */
export function missingNats(): string | null {
  return NATS_PROGRAMS.some(existsSync) ? null : 'nats-server is missing; Debian: apt-get install nats-server'
}

/** Why it cannot be measured here, or null. */
export function missingNchan(): string | null {
  if (NGINX_PROGRAMS.some(existsSync) && NCHAN_MODULES.some(existsSync)) return null
  return 'nginx with nchan is missing; Debian: apt-get install nginx libnginx-mod-nchan'
}

export async function startNats(): Promise<Broker> {
  const [port, clientPort] = [await freePort(), await freePort()]
  const config = `listen: "127.0.0.1:${port}"
websocket { listen: "127.0.0.1:${clientPort}", no_tls: true, compression: false }
`
  const program = NATS_PROGRAMS.find(existsSync) ?? 'nats-server'
  return await startBroker({ port, clientPort, config, args: file => [program, '-c', file], ready: /Server is ready/ })
}

export async function startNchan(): Promise<Broker> {
  const port = await freePort()
  const config = (folder: string): string => `load_module ${NCHAN_MODULES.find(existsSync)};
daemon off;
user ${userInfo().username};
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  nchan_max_reserved_memory 512M;
  server {
    listen 127.0.0.1:${port};
    location = /publish {
      nchan_publisher websocket;
      nchan_channel_id market;
      # More than the default of 10: in a burst there are as many between two turns, and a client would miss them.
      nchan_message_buffer_length 10000;
      nchan_message_timeout 1m;
    }
    location = /market {
      nchan_subscriber websocket;
      nchan_channel_id market;
      nchan_subscriber_first_message newest;
    }
  }
}
`
  const program = NGINX_PROGRAMS.find(existsSync) ?? 'nginx'
  const args = (file: string, folder: string): string[] => [program, '-p', folder, '-c', file]
  return await startBroker({ port, clientPort: port, config, args, ready: /start worker process \d+/ })
}

interface BrokerStart {
  readonly port: number
  readonly clientPort: number
  readonly config: string | ((folder: string) => string)
  args(file: string, folder: string): readonly string[]
  /** A line of its output. */
  readonly ready: RegExp
}

async function startBroker({ port, clientPort, config, args, ready }: BrokerStart): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), 'tradelane-peer-'))
  const file = join(folder, 'peer.conf')
  await writeFile(file, typeof config === 'string' ? config : config(folder))
  // It writes its log to standard error.
  const shell = ['-c', 'exec "$0" "$@" 2>&1', ...args(file, folder)]
  const read = (line: string): true | undefined => (ready.test(line) ? true : undefined)
  const { child } = await spawnChild('/bin/sh', shell, read)
  const stop = async (): Promise<void> => {
    await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { child, pids: [child.pid, ...(await childrenOf(child.pid))], port, clientPort, stop }
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}
