/** Why a venue refuses something. Only `does-not-exist` is final: all others are tried again, after a pause of their class. */
export type RefusalClass =
  | 'does-not-exist'
  /** Rate limits: 429 and the venues' own codes. */
  | 'too-often'
  /** 403: a firewall, or a rate limit of Bybit. */
  | 'forbidden'
  /** 418. */
  | 'banned'
  /** 451: not served where we are. */
  | 'unlawful'
  /** 5xx and the venues' own codes: they fail, not we. */
  | 'fault'
  /** Anything else. */
  | 'not-accepted'
