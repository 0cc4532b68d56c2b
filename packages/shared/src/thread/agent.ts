// What runs in a thread: an agent does a bounded piece of work per turn and returns how much it did; the runner of its
// thread decides when the next turn comes. No agent knows which thread it is in, nor which agents share it.

export interface Agent {
  /** One bounded turn, never nested. Returns the items handled; 0 lets the thread park. */
  doWork(): number
  /** Milliseconds until this agent needs a turn although no bell rings, or Infinity. */
  msToNextDeadline(): number
  /** Releases sockets and timers. Called once, in the agent's own thread. */
  close(): void | Promise<void>
}
