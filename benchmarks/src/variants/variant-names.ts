// The names of the variants in tables, in ratios and on the command line.

export const TRADELANE = 'tradelane'
export const SINGLE_LOOP = 'single-loop'
export const GATED_LOOP = 'gated-loop'
export const RAW_FLOOR = 'raw-uws'
export const ISOLATION_OFF = 'isolation-off'
export const COMPACT = 'compact'
export const TWO_SHARDS = 'two-shards'
export const FOUR_SHARDS = 'four-shards'
export const NATS = 'nats'
export const NATS_TWO = 'nats-two'
export const NCHAN = 'nchan'
export const SOCKET_IO = 'socket.io'
