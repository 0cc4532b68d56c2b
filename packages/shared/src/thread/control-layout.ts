// The control block: one cell per thread, for waking it, watching it and stopping it. Written by the thread that owns the
// cell, by producers that ring it, and by the supervisor; it carries no market data.
//
//   byte 0        128                256
//        | magic  | cell of thread 0 | cell of thread 1 …
//        | version|
//   cell  0 bell i32    4 parked i32    8 threadId i32   12 starts i32
//       16 warm i32      (producers, the owner, the supervisor)
//        64 heartbeat i32  68 stop i32  72 state i32  76 msgpackClients i32  80 heapUsed f64  88 heapLimit f64
//           (the owner; the supervisor writes stop and state, and clears the cell before each start)
//
// Parking: 1 a producer publishes, adds 1 to `bell` and notifies if `parked` is 1; 2 the consumer reads `bell`, sets
// `parked`, looks at every lane again, and only then waits for `bell` to differ from what it read.

export const CONTROL_MAGIC = 0x544c4354 // "TLCT"
export const CONTROL_VERSION = 4
export const CONTROL_MAGIC_OFFSET = 0
export const CONTROL_VERSION_OFFSET = CONTROL_MAGIC_OFFSET + 4
export const CELL_BYTES = 128
export const CELLS_OFFSET = CELL_BYTES
export const BELL_OFFSET = 0
export const PARKED_OFFSET = BELL_OFFSET + 4
export const THREAD_ID_OFFSET = PARKED_OFFSET + 4
export const STARTS_OFFSET = THREAD_ID_OFFSET + 4
export const WARM_OFFSET = STARTS_OFFSET + 4
export const HEARTBEAT_OFFSET = 64
export const STOP_OFFSET = HEARTBEAT_OFFSET + 4
export const STATE_OFFSET = STOP_OFFSET + 4
export const MSGPACK_CLIENTS_OFFSET = STATE_OFFSET + 4
export const HEAP_USED_OFFSET = MSGPACK_CLIENTS_OFFSET + 4
export const HEAP_LIMIT_OFFSET = HEAP_USED_OFFSET + 8

export const THREADS_MAX = 64
