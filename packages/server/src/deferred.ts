// A promise that is settled from outside.

export interface Deferred<Value> {
  readonly promise: Promise<Value>
  /** Later calls have no effect. */
  resolve(value: Value): void
}

export function deferred<Value = void>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>(settle => {
    resolve = settle
  })
  return { promise, resolve: value => resolve(value) }
}
