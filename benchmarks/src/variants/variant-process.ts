// What a variant's process and the runner say to each other: the port, once; and the end of the channel is the end.

export interface ListeningMessage {
  readonly type: 'listening'
  readonly port: number
}

export function announceListening(port: number): void {
  process.send?.({ type: 'listening', port } satisfies ListeningMessage)
}

/** Ctrl-C reaches the whole process group: the runner decides, and without it nothing is left to do. */
export function endWithParent(): void {
  process.on('SIGINT', () => {})
  process.once('SIGTERM', () => process.exit(0))
  process.once('disconnect', () => process.exit(0))
}
