// What a client asks for in the query of its URL. Existing clients use the bare URL, so only new ones use the query. What is
// not understood is ignored, as the path is.

export interface ClientQuery {
  readonly format: 'json' | 'msgpack'
  /** Resume with everything newer than this record of this stream; null: start with the next record. */
  readonly since: { readonly stream: string; readonly sequence: number } | null
}

const SINCE = /^([0-9a-z]{1,16}):(\d{1,15})$/

export function readClientQuery(query: string): ClientQuery {
  const parameters = new URLSearchParams(query)
  const since = SINCE.exec(parameters.get('since') ?? '')
  return {
    format: parameters.get('format') === 'msgpack' ? 'msgpack' : 'json',
    since: since === null ? null : { stream: since[1] ?? '', sequence: Number(since[2]) },
  }
}
