// The part of `fetch` that the REST client uses, so that another one can be handed in, and what its errors mean.

export type Fetch = (url: string, options: FetchOptions) => Promise<FetchResponse>

export interface FetchOptions {
  /** Ends the request and the reading of its answer. */
  readonly signal: AbortSignal
  readonly redirect: 'error'
}

export interface FetchResponse {
  readonly status: number
  /** The status is 200 to 299. */
  readonly ok: boolean
  readonly headers: { get(name: string): string | null }
  readonly body: { getReader(): BodyReader } | null
}

export interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  /** Ends the connection, and a `read` under way. */
  cancel(reason: unknown): Promise<void>
}

/** Why a request failed: the cause of an error of `fetch` says more than the error. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
