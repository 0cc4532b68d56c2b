// Starts the worker entry in a plain worker thread, as Piscina does in the product: the task comes as worker data.

import { workerData } from 'node:worker_threads'
import type { L2Task } from '@tradelane/shared/thread/thread-messages'
import run from '../worker.js'

run(workerData as L2Task)
