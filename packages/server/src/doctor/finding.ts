// What `tradelane doctor` found out about one thing.

export interface Finding {
  /** What was looked at: `descriptors`, `venue binance-spot`. */
  readonly check: string
  /** `warn`: it runs, worse than it could; `fail`: it, or a part of it, does not run. */
  readonly level: 'ok' | 'warn' | 'fail'
  readonly found: string
  /** What to do; null where nothing is to be done. */
  readonly advice: string | null
}

export function ok(check: string, found: string): Finding {
  return { check, level: 'ok', found, advice: null }
}

export function warn(check: string, found: string, advice: string): Finding {
  return { check, level: 'warn', found, advice }
}

export function fail(check: string, found: string, advice: string): Finding {
  return { check, level: 'fail', found, advice }
}
