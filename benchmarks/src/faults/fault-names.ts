// Ways to break the product on purpose, each a module of this folder that is loaded into all its threads before they start
// and replaces one method of one class. The product itself has no switch for any of it. They exist to show that the gates
// fail: `npm run bench -- --quick --fault dropped-trade`.

export const FAULTS = ['delayed-turn', 'books-first', 'dropped-trade', 'stale-book'] as const
export type Fault = (typeof FAULTS)[number]

export function faultModule(fault: Fault): URL {
  return new URL(`./${fault}.js`, import.meta.url)
}
