// Options of the simulated venues, shared by the command that runs them and by what starts that command.

export const SCENARIOS = ['quiet', 'normal', 'burst', 'storm', 'overload'] as const
export type Scenario = (typeof SCENARIOS)[number]

export interface SimOptions {
  readonly port: number
  readonly scenario: Scenario
  readonly l2Rate?: number
  readonly tradeRate?: number
  readonly seed: number
  readonly journal?: string
  /** Of all products together, rounded up to as many on each; default 3 on each. */
  readonly instruments?: number
  readonly timeScale: number
  readonly capture?: readonly string[]
  readonly speed: number | 'max'
  readonly restamp: boolean
}

/** From the simulator to the process that started it. */
export type SimMessage =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'failed'; readonly message: string }
