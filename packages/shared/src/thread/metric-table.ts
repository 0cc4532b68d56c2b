// Every counter and gauge that a thread writes into shared memory, by the kind of thread: name, unit, and the event that raises
// it. A counter only grows, a gauge also falls; a refusal is a counter of what an outsider was denied, or ended for. No row mixes
// two things, and a test of the package that writes a row proves its event. Gauges that the admin thread derives from what it
// reads are in `packages/admin/src/stat/gauge-table.ts`.

export interface Metric {
  readonly kind: 'counter' | 'gauge'
  readonly isRefusal: boolean
  /** Of several threads the largest counts, not their sum. */
  readonly isPeak?: true
  /** Plural. */
  readonly unit: string
  /** Makes a sentence with the unit before it. */
  readonly about: string
}

const INGEST = {
  framesReceived: counter('frames', 'of text, of every class, read from sockets of venues'),
  framesMalformed: counter('frames', 'from venues that are binary, or of no known form'),
  framesIgnored: counter('frames', 'from venues, of channels that are not used'),
  framesUnexpected: counter('frames', 'of market data that their connection did not subscribe; left out'),
  framesUnusual: counter('frames', 'of market data that are not in their usual form, and were parsed to be classified'),
  framesParsed: counter('frames', 'of trades and best prices that are not in the form which is decoded by bytes'),
  tradesPublished: counter('trades', 'appended to the trade log'),
  tradesMalformed: counter('trades', 'left out, because a field is missing or wrong'),
  tradesDuplicate: counter('trades', 'left out, because their id was published before'),
  tradesOfNothing: counter('trades', 'of quantity 0, left out; their ids count'),
  tradesTooLarge: counter('trades', 'left out, because they do not fit a record'),
  liquidationsPublished: counter('liquidations', 'appended to the trade log'),
  liquidationsMalformed: counter('liquidations', 'left out, because a field is missing or wrong'),
  liquidationsDuplicate: counter('liquidations', 'left out, because an earlier connection delivered them'),
  liquidationsOfNothing: counter('liquidations', 'of quantity 0, left out'),
  liquidationsTooLarge: counter('liquidations', 'left out, because they do not fit a record'),
  upstreamGaps: counter('gaps', 'appended to the trade log: trades or liquidations of a venue may be missing, or are'),
  upstreamGapsTooLarge: counter('gaps', 'appended without the ids around them, which do not fit a record'),
  upstreamTradesMissed: counter('trades', 'that the ids around a gap prove missing'),
  statesPublished: counter('states', 'of L1, open interest or CVD, published on the state board'),
  statesMalformed: counter('states', 'of L1 or open interest, left out, because a field is missing or wrong'),
  statesOutdated: counter('states', 'of L1 or open interest, left out, because a newer one was published'),
  statesTooLarge: counter('states', 'left out, because they do not fit a cell'),
  l2FramesForwarded: counter('frames', 'of books, from sockets, written to a depth ring'),
  l2FramesLost: counter('frames', 'of books, from sockets, that found no room in their depth ring'),
  snapshotsForwarded: counter('snapshots', 'from REST, written to a depth ring'),
  snapshotsLost: counter('snapshots', 'from REST, that found no room in their depth ring'),
  linkRecordsLost: counter('records', 'of a book connection that came or went, that found no room in their depth ring'),
  bookPauses: counter('pauses', 'of the book connections of a shard, because its depth ring was three quarters full'),
  socketTurnsFull: counter('turns', 'of a socket of books or state that were cut at their limit of frames'),
  connects: counter('connections', 'to venues that were opened'),
  connectFailures: counter('connections', 'to venues that ended before they carried anything'),
  connectionsLost: counter('connections', 'to venues that ended while in use'),
  connectionsRenewed: counter('connections', 'replaced, because no snapshot helped one of their books'),
  handovers: counter('connections', 'to venues that were replaced by a successor without a gap'),
  silences: counter(
    'times',
    'that a kind of an instrument, or a connection, was silent although something should come',
  ),
  heldFramesFull: counter('successors', 'that took over early, because no more of their frames could be held'),
  rejections: counter('frames', 'in which a venue refuses a request'),
  subscriptionsRefused: counter('subscriptions', 'that a venue refused'),
  venueChanges: counter(
    'signs',
    'that a venue changed: it refused a subscription, sent nothing for one, lists an instrument otherwise than before, sends an unknown field, or one that stands still',
  ),
  restRequests: counter('requests', 'sent to venues by REST'),
  restFailures: counter('requests', 'sent by REST that got no answer, an error or one that is too long'),
  restWithheld: counter('requests', 'not sent by REST, because the budget is used up or the venue asked us to stop'),
  snapshotFailures: counter('attempts', 'to resync a book that brought no snapshot; tried again'),
  openInterestFailures: counter('polls', 'of an open interest that brought none'),
  instrumentListFailures: counter('attempts', 'to read the instruments of a product that brought no list'),
} as const satisfies Table

const L2 = {
  depthRecords: counter('records', 'read from the depth ring, those of connections included'),
  depthFramesMalformed: counter('frames', 'of a book that could not be read; it is resynced'),
  contractValuesMissing: counter('connections', 'of a book that came without the value of a contract'),
  bookGaps: counter('gaps', 'in the sequence of a book; it is resynced'),
  bookLosses: counter('losses', 'of frames of a book in the depth ring; it is resynced'),
  bookResyncs: counter('requests', 'for a snapshot of a book'),
  booksOutOfDepth: counter('books', 'that moved beyond the levels of their snapshot; resynced'),
  booksCrossed: counter('books', 'whose sides began to cross; withheld while they do'),
  booksPublished: counter('books', 'published on the book board'),
  booksTooLarge: counter('books', 'withheld, because they do not fit a cell'),
  levelsKept: gauge('levels', 'of all books'),
  levelsDropped: counter('levels', 'forgotten, because their side of a book is full'),
  heldDeltas: gauge('frames', 'of books that wait for their snapshot'),
  heldDeltasDropped: counter('books', 'whose held deltas were all dropped, because no more could be held'),
  fellBehind: counter('times', 'that a shard fell behind; its books are withheld until it has caught up'),
} as const satisfies Table

const GATEWAY = {
  clientsConnected: gauge('clients', 'connected now'),
  clientsTotal: counter('clients', 'that connected'),
  clientsResumed: counter('clients', 'that continued after the record that they named'),
  resumesRefused: refusal('clients', 'that named a record which is not of this stream; they start with the next one'),
  clientsStalled: refusal('clients', 'ended, because they took nothing for too long'),
  clientMessagesIgnored: refusal('messages', 'of text or bytes that clients sent, and nobody reads'),
  clientRowsMissing: counter('clients', 'that are not in the client table, because it is full'),
  framesSent: counter('frames', 'handed to sockets of clients, of every kind'),
  bytesSent: counter('bytes', 'of frames handed to sockets of clients'),
  sendsFailed: refusal('clients', 'ended, because their socket dropped a frame'),
  overruns: counter('gaps', 'sent to clients that the trade log overtook'),
  recordsMissed: counter('records', 'of the trade log that clients missed, because it overtook them'),
  pings: counter('pings', 'sent to clients'),
  pongs: counter('pongs', 'of clients that answer a ping of ours'),
  pongsUnmatched: refusal('pongs', 'of clients that answer no ping of ours; ignored'),
  acks: counter('acknowledgements', 'by message, valid'),
  acksInvalid: refusal('messages', 'of clients that acknowledge by message, and that are no valid acknowledgement'),
  clientPings: counter('pings', 'that clients sent, and that are answered'),
  clientsRefusedTotal: refusal('handshakes', 'refused, because all gateways together have CLIENTS_MAX clients'),
  clientsRefusedAddress: refusal('handshakes', 'refused, because their address has CLIENTS_PER_IP_MAX clients'),
  clientsRefusedRate: refusal('handshakes', 'refused, because their address sent too many in a short time'),
  clientsRefusedRequest: refusal('handshakes', 'refused, because their URL is too long'),
  clientsEndedMessages: refusal('clients', 'ended, because they sent too many messages, pings included'),
  clientsEndedPongs: refusal('clients', 'ended, because they sent too many pongs that answer no ping'),
  requestsAnswered: counter('requests', 'of plain HTTP that got what they asked for, ready or not'),
  requestsRefusedPath: refusal('requests', 'of plain HTTP refused, because the port answers to no such path'),
  requestsRefusedMethod: refusal('requests', 'of plain HTTP refused, because their method is not GET'),
  requestsRefusedBody: refusal('requests', 'of plain HTTP refused, because they have a body'),
  requestsRefusedRate: refusal(
    'requests',
    'of plain HTTP refused, because their address sent too many in a short time',
  ),
  requestsAborted: counter('requests', 'of plain HTTP whose connection ended before their answer'),
  requestsDropped: refusal('requests', 'of plain HTTP cut off, because too many waited for their answer'),
  handshakesAborted: counter('handshakes', 'whose connection ended before their answer'),
  handshakesDropped: refusal('handshakes', 'cut off, because too many waited for their answer'),
  portClosed: counter('times', 'that the port was closed for want of descriptors'),
  portFailures: counter('attempts', 'to open the port again that failed; tried again'),
  tokensRefused: refusal('handshakes', 'refused, because they presented no token or a wrong one'),
  originsRefused: refusal('handshakes', 'refused, because the page that asked is not of an allowed origin'),
  certificatesRenewed: counter('certificates', 'taken into use after the start'),
  lookGapUsMax: peak('µs', 'at most between two looks for trades, within a turn or a run of socket events'),
  lookGapUsRecent: peak('µs', 'at most between two such looks within the last full second'),
} as const satisfies Table

const ADMIN = {
  adminRequests: counter('requests', 'of HTTP that came, whatever their answer'),
  adminRequestsLimited: refusal('requests', 'above the rate; answered 429'),
  adminHostsRefused: refusal('requests', 'for a host that is none of ours; answered 421'),
  adminRequestsInvalid: refusal('requests', 'that are no HTTP, too slow or have a body; answered 400, 408, 413 or 431'),
  adminConnectionsRefused: refusal(
    'connections',
    'above the limit, or just after one of their address was cut off; closed',
  ),
  adminConnectionsCut: refusal('connections', 'that did not read their answers; closed'),
  adminTokensRefused: refusal('requests', 'refused, because they presented no token or a wrong one'),
  adminOriginsRefused: refusal('requests', 'refused, because the page that asked is not of an allowed origin'),
} as const satisfies Table

/** Of every thread that runs agents. */
const THREAD = {
  scavenges: counter('collections', 'of the young generation'),
  scavengeUs: counter('µs', 'spent on collections of the young generation; not measured in L2 workers'),
  majorCollections: counter('collections', 'of the whole heap'),
  majorCollectionUs: counter(
    'µs',
    'spent on collections of the whole heap, incremental steps included; not measured in L2 workers',
  ),
  collectionUsMax: peak(
    'µs',
    'that the longest collection took, or step of one, of the young generation or the whole heap',
  ),
  longTurns: counter('turns', 'of agents beside sockets that took more than a millisecond'),
  longTurnUs: counter('µs', 'spent in turns of agents beside sockets, each of more than a millisecond'),
} as const satisfies Table

type Table = Readonly<Record<string, Metric>>

export const METRICS = { ingest: INGEST, l2: L2, gateway: GATEWAY, admin: ADMIN, thread: THREAD } as const

export type Writer = keyof typeof METRICS
/** The rows of one kind of thread. */
export type NamesOf<By extends Writer> = keyof (typeof METRICS)[By] & string
export type MetricName = { [By in Writer]: NamesOf<By> }[Writer]
export type CounterName = NamesOfKind<'counter'>
export type GaugeName = NamesOfKind<'gauge'>

type NamesOfKind<Kind> = {
  [By in Writer]: {
    [Name in NamesOf<By>]: (typeof METRICS)[By][Name] extends { readonly kind: Kind } ? Name : never
  }[NamesOf<By>]
}[Writer]

export function counter(unit: string, about: string) {
  return { kind: 'counter', isRefusal: false, unit, about } as const
}

function refusal(unit: string, about: string) {
  return { kind: 'counter', isRefusal: true, unit, about } as const
}

export function gauge(unit: string, about: string) {
  return { kind: 'gauge', isRefusal: false, unit, about } as const
}

function peak(unit: string, about: string) {
  return { kind: 'gauge', isRefusal: false, isPeak: true, unit, about } as const
}
