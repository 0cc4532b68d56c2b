// For the clients of this process: certificates of this machine's own making are good enough.

/** Before a client connects to this URL. */
export function trustCertificateOf(url: string): void {
  if (url.startsWith('wss:')) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
}
