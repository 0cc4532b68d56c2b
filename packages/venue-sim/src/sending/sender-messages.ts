// The messages between the simulator and the process that sends its trades.

/** A frame for a connection at a time, or the request to report when everything before it was written. */
export interface ScheduledSend {
  /** hrtime µs, which all processes of a machine share. */
  readonly dueUs: number
  /** The connection, and the frame for it. */
  readonly id?: string
  readonly frame?: Uint8Array
  /** Answered in `sent`. */
  readonly ticket?: number
}

export type ToSender =
  /** With the connection's handle. */
  | { readonly type: 'open'; readonly id: string }
  | { readonly type: 'close'; readonly id: string }
  /** Those of one time in their order. */
  | { readonly type: 'sends'; readonly sends: readonly ScheduledSend[] }
  | { readonly type: 'flush' }

export type FromSender =
  | { readonly type: 'ready' }
  /** Ticket and time of the write in hrtime µs, in turn. */
  | { readonly type: 'sent'; readonly times: readonly number[] }
  /** The answer to `flush`, after all tickets of what was due. */
  | { readonly type: 'flushed' }
  /** The connection does not read. */
  | { readonly type: 'slow'; readonly id: string }
