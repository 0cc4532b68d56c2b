// Between a variant's process and the runner: the process reports its port, and exits when the channel closes.

export interface ListeningMessage {
  readonly type: 'listening'
  readonly port: number
}

export function announceListening(port: number): void {
  process.send?.({ type: 'listening', port } satisfies ListeningMessage)
}

/** Ctrl-C reaches the whole process group, but the runner decides when the process ends. */
export function endWithParent(): void {
  process.on('SIGINT', () => {})
  process.once('SIGTERM', () => process.exit(0))
  process.once('disconnect', () => process.exit(0))
}
