// What a client asks for in the query of its URL. Existing clients use the bare URL, so only new ones use the query. What is
// not understood is ignored, as the path is; but a resume that is not understood is reported, because trades may be missing.

export interface ClientQuery {
  readonly format: 'json' | 'msgpack'
  /** `message`: the client acknowledges the numbers of frames. */
  readonly acknowledgesBy: AcknowledgesBy
  /** Resume with everything newer than this record of this stream; null: start with the next record. */
  readonly since: RecordName | 'malformed' | null
}

/** What frees a client's credit: its pongs, or its messages with `?ack=1`. */
export type AcknowledgesBy = 'pong' | 'message'

export interface RecordName {
  readonly stream: string
  readonly sequence: number
}

const SINCE = /^([0-9a-z]{1,16}):(\d{1,15})$/

export function readClientQuery(query: string): ClientQuery {
  const parameters = new URLSearchParams(query)
  return {
    format: parameters.get('format') === 'msgpack' ? 'msgpack' : 'json',
    acknowledgesBy: parameters.get('ack') === '1' ? 'message' : 'pong',
    since: readSince(parameters.getAll('since')),
  }
}

/** An empty one names no record, and of several it is unknown which is meant: both are malformed. */
function readSince(texts: readonly string[]): ClientQuery['since'] {
  const [text, ...more] = texts
  if (text === undefined) return null
  const since = SINCE.exec(text)
  if (since === null || more.length > 0) return 'malformed'
  return { stream: since[1] ?? '', sequence: Number(since[2]) }
}
