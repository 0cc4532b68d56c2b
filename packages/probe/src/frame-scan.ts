// Reads the few fields that a measurement needs out of an event frame without parsing it: most frames are only counted, and
// a probe that parses them would measure itself. Relies on the wire's order of the envelope, not on exact offsets.

/** Envelope, trade data and sequence fit; a book's levels do not matter here. */
const HEAD_CHARS = 1_024
const RECEIVED = '"time_received":"'
const EXCHANGE = '"exchange":"'
const KIND = '},"kind":"'
const ID = '"id":"'
const SEQUENCE = '"seq":'
const SECOND_CHARS = '2026-02-03T04:05:06'.length
const SECONDS_KEPT = 256

/** Refilled by every `read`. */
export class FrameScan {
  /** From `"exchange"` to the end of `"kind":"…"`: the same text for all frames of one instrument and kind. */
  seriesKey = ''
  /** `time_received` on the wall clock. */
  receivedUs = 0
  /** Of a trade, else empty. */
  id = ''
  /** `seq` of trades and liquidations, else 0. */
  sequence = 0
  readonly #secondsUs = new Map<string, number>()

  /** False where the frame is no event (welcome, gap, status, or nothing we know). */
  read(frame: Buffer): boolean {
    const head = frame.toString('latin1', 0, HEAD_CHARS)
    const received = head.indexOf(RECEIVED)
    if (received === -1) return false
    const exchange = head.indexOf(EXCHANGE, received)
    const kind = exchange === -1 ? -1 : head.indexOf(KIND, exchange)
    const kindEnd = kind === -1 ? -1 : head.indexOf('"', kind + KIND.length)
    if (kindEnd === -1) return false
    this.seriesKey = head.slice(exchange, kindEnd + 1)
    this.receivedUs = this.#timeUs(head, received + RECEIVED.length)
    this.id = textAt(head, head.indexOf(ID, kindEnd), ID.length)
    const sequence = head.lastIndexOf(SEQUENCE)
    this.sequence = sequence > kindEnd ? Number.parseInt(head.slice(sequence + SEQUENCE.length), 10) || 0 : 0
    return true
  }

  #timeUs(head: string, start: number): number {
    const second = head.slice(start, start + SECOND_CHARS)
    let us = this.#secondsUs.get(second)
    if (us === undefined) {
      us = Date.parse(`${second}Z`) * 1_000
      if (this.#secondsUs.size >= SECONDS_KEPT) this.#secondsUs.clear()
      this.#secondsUs.set(second, us)
    }
    const end = head.indexOf('"', start)
    // Any number of fraction digits, so that other servers can be measured too.
    const fraction = head.slice(start + SECOND_CHARS, end - 1)
    return fraction === '' ? us : us + Math.floor(Number(`0${fraction}`) * 1_000_000 + 0.5)
  }
}

function textAt(head: string, start: number, prefixChars: number): string {
  if (start === -1) return ''
  return head.slice(start + prefixChars, head.indexOf('"', start + prefixChars))
}
