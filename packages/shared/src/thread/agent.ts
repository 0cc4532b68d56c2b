// What runs in a thread: an agent does a bounded piece of work per turn and says how much it did; the runner of its
// thread decides when the next turn comes. No agent knows which thread it is in, nor who shares it.

export interface Agent {
  readonly role: string
  /** One bounded turn. Returns the items handled; 0 lets the thread park. */
  doWork(): number
  /** Milliseconds until this agent wants a turn without being rung, or Infinity. */
  msToNextDeadline(): number
  /** Releases sockets and timers. Called once, in the agent's own thread. */
  close(): void | Promise<void>
}
