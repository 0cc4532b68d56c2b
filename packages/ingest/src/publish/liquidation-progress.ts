// Which liquidations of one instrument are published, and whether any may have been missed. They have no id, so that is never
// disproved: it ends with a gap.

import type { MonotonicUs } from '@tradelane/shared/market/nouns'
import { LIQUIDATION_LATE_US_MAX } from '../limits.js'
import { LiquidationKeys } from './liquidation-keys.js'

export class LiquidationProgress {
  readonly keys = new LiquidationKeys()
  isUncertain = false
  /** Since when some may have been missed; null where that is not known. */
  sinceUs: MonotonicUs | null = null

  /** `heardUs`: until then all were delivered that were sent; null where that is not known. */
  markUncertain(heardUs: MonotonicUs | null): void {
    if (this.isUncertain) return
    this.isUncertain = true
    this.sinceUs = heardUs === null ? null : ((heardUs - LIQUIDATION_LATE_US_MAX) as MonotonicUs)
  }
}
