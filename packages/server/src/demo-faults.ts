// What `demo --fault` can break: apart from the command, which is loaded only to run.

export const FAULTS = ['kill-l2', 'kill-ingest'] as const
export type Fault = (typeof FAULTS)[number]
