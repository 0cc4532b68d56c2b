// The faults of `demo --fault`: not in the command's own file, which is loaded only to run it.

export const FAULTS = ['kill-l2', 'kill-ingest'] as const
export type Fault = (typeof FAULTS)[number]
