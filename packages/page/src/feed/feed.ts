// One connection to market data, in a worker of its own.

import type { ConnectionChange, FeedBatch, FromWorker, ToWorker } from './feed-messages.js'

export interface FeedOptions {
  readonly url: string
  readonly token: string
  readonly isAcknowledging: boolean
  readonly hasBooks: boolean
  readonly isResuming: boolean
  readonly bytesPerS: number
  readonly onBatch: (batch: FeedBatch) => void
  readonly onConnection: (change: ConnectionChange) => void
}

export class Feed {
  readonly #worker: Worker

  constructor({ onBatch, onConnection, ...opening }: FeedOptions) {
    this.#worker = new Worker(new URL('./feed-worker.ts', import.meta.url), { type: 'module' })
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === 'batch') onBatch(data)
      else onConnection(data)
    }
    this.#post({ type: 'open', ...opening })
  }

  /** Infinity: as fast as it comes. */
  setPace(bytesPerS: number): void {
    this.#post({ type: 'pace', bytesPerS })
  }

  close(): void {
    this.#worker.terminate()
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message)
  }
}
