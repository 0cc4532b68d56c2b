// The kinds of events that clients receive, by their names on the wire.

export const WIRE_KINDS = [
  'trade',
  'liquidation',
  'open_interest',
  'cumulative_volume_delta',
  'order_book_l1',
  'order_book_l2',
] as const
export type WireKind = (typeof WIRE_KINDS)[number]
