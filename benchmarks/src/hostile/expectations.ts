// What the product does about each attack: what it counts, and what attackers see.

export interface Expectation {
  /** At least one of these grows. None named: the attack is no reason to refuse anything. */
  readonly counters: readonly string[]
  /** HTTP answers that one connection gets; as many as it likes if absent. */
  readonly answersPerConnectionMax?: number
  /** Connections are ended, with one of these: a code, `none`, `reset`. */
  readonly endedWith?: readonly string[]
  /** Of the connections, those that the server ends: not quite all where the attack leaves some in the middle. */
  readonly endedShareMin?: number
  /** Bytes that are kept for one of these clients. They reach their limit and stay there: nothing else shows that it holds. */
  readonly full?: 'unacknowledgedBytes' | 'bufferedBytes'
  /** Trades in the log before a short attack, so that it is worth asking for. */
  readonly logTrades?: number
}

const ONE_ANSWER = { answersPerConnectionMax: 1, endedWith: ['none', 'reset'] }
/** Of a client, by 5,000 trades; where the kernel's buffers come first, by four times as many. */
const FULL = { counters: [], full: 'unacknowledgedBytes', logTrades: 5_000 } as const
const FULL_BUFFER = { counters: ['acks'], full: 'bufferedBytes', logTrades: 20_000 } as const
const TOO_MANY_MESSAGES = { counters: ['clientsEndedMessages'], endedWith: ['1008'] }

export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  'pipelined-health': { counters: [], ...ONE_ANSWER },
  'pipelined-tail': { counters: ['requestsRefusedPath'], ...ONE_ANSWER },
  'pipelined-unknown': { counters: ['requestsRefusedPath'], ...ONE_ANSWER },
  'unread-health': { counters: [] },
  'unread-tail': { counters: ['requestsRefusedPath'] },
  'malformed-requests': { counters: ['requestsRefusedPath', 'requestsRefusedMethod', 'requestsRefusedBody'] },
  'slow-requests': { counters: [] },
  'idle-sockets': { counters: [] },
  'admin-pipelined-stat': { counters: ['adminRequestsLimited', 'adminConnectionsCut'] },
  'admin-unread-stat': { counters: ['adminRequestsLimited', 'adminConnectionsCut'] },
  'admin-idle-sockets': { counters: ['adminConnectionsRefused'] },
  'text-burst': TOO_MANY_MESSAGES,
  'binary-burst': TOO_MANY_MESSAGES,
  'ping-burst': TOO_MANY_MESSAGES,
  'pong-burst': { counters: ['clientsEndedPongs'], endedWith: ['1008'] },
  // uWebSockets.js collects fragments itself and shows us the whole message only: here there is none.
  'empty-fragments': { counters: [] },
  // Ended by uWebSockets.js before we see anything, each of its kinds.
  'oversize-messages': { counters: [], endedShareMin: 0.9 },
  'handshake-flood': { counters: ['clientsRefusedRate'] },
  'bad-since': { counters: ['clientsRefusedRate', 'clientsRefusedRequest'] },
  'resume-flood': { counters: [], logTrades: 5_000 },
  'wrong-credentials': { counters: ['tokensRefused', 'originsRefused'] },
  'unread-clients': FULL,
  'trickling-clients': FULL,
  // As many are admitted: they cost what clients cost.
  'idle-clients': { counters: [] },
  'false-credit': FULL,
  // These two read nothing, and do not see the Close frame.
  'forged-pongs': { counters: ['clientsEndedPongs'] },
  'forged-acks': FULL_BUFFER,
  'senseless-acks': { counters: ['clientsEndedMessages'] },
  'tls-hellos': { counters: [] },
  'tls-handshakes': { counters: [] },
}
