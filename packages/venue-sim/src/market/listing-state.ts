// What a venue's list may say of an instrument.

export const LISTING_STATES = ['trading', 'cancel-only', 'pending', 'halted', 'delisted'] as const
/** `pending`: listed, and not trading yet. With `cancel-only` trades still come. */
export type ListingState = (typeof LISTING_STATES)[number]
