// Requests to the admin address, which served this page. The token stays in memory: it is a header of each request.

export type Answer<Body> =
  | { readonly status: 'ok'; readonly body: Body }
  | { readonly status: 'no-token' }
  | { readonly status: 'failed'; readonly why: string }

export class AdminApi {
  token = ''

  async get<Body>(path: string): Promise<Answer<Body>> {
    try {
      const headers: HeadersInit = this.token === '' ? {} : { authorization: `Bearer ${this.token}` }
      const response = await fetch(path, { headers, cache: 'no-store' })
      if (response.status === 401) return { status: 'no-token' }
      if (!response.ok) return { status: 'failed', why: `${response.status} ${response.statusText}` }
      return { status: 'ok', body: (await response.json()) as Body }
    } catch (error) {
      return { status: 'failed', why: String((error as Error).message) }
    }
  }
}

/** What the admin thread wrote into the page: where the gateway is, and the naive socket of the demo; whether a token is needed. */
export function factOf(name: 'gateway' | 'naive' | 'token'): string {
  return document.querySelector(`meta[name="tradelane-${name}"]`)?.getAttribute('content') ?? ''
}
