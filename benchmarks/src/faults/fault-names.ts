// Ways to break the product on purpose. Each is a module of this folder that is loaded into all threads before they start and
// replaces methods of a class; the product itself has no switch for it. They show that the gates fail:
// `npm run bench -- --quick --fault dropped-trade`.

export const FAULTS = ['delayed-turn', 'books-first', 'dropped-trade', 'stale-book'] as const
export type Fault = (typeof FAULTS)[number]

export function faultModule(fault: Fault): URL {
  return new URL(`./${fault}.js`, import.meta.url)
}
