// The judge's findings, and how much it judged: a run that judged nothing proves nothing.

const FINDINGS_KEPT = 40
/** What is found again so soon is the same. */
const REPEATED_US = 1_000_000

export class Verdict {
  /** The first few, without those that repeat the one before. */
  readonly findings: string[] = []
  findingCount = 0
  tradesJudged = 0
  liquidationsJudged = 0
  /** Trades and liquidations that a gap frame covered. */
  announced = 0
  gapFrames = 0
  statusFrames = 0
  /** Distinct emissions. */
  booksJudged = 0
  /** Checks that an undisturbed book is live and fresh. */
  freshLooks = 0
  /** Checks that a book is withheld after its connection ended. */
  withheldLooks = 0
  readonly #nowUs: () => number
  #lastKind = ''
  #lastUs = Number.NEGATIVE_INFINITY

  constructor(nowUs: () => number) {
    this.#nowUs = nowUs
  }

  report(what: string): void {
    this.findingCount += 1
    const kind = what.replace(/[\d.]+/g, '')
    const isRepeated = kind === this.#lastKind && this.#nowUs() - this.#lastUs < REPEATED_US
    this.#lastKind = kind
    this.#lastUs = this.#nowUs()
    if (isRepeated || this.findings.length >= FINDINGS_KEPT) return
    this.findings.push(`at ${(this.#nowUs() / 1e6).toFixed(6)} s: ${what}`)
  }
}
