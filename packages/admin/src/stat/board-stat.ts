// Links and books by state, for a report: from the headers of their cells.

import { type CellHeader, type CellSpec, newCellHeader } from '@tradelane/shared/lanes/board'
import { BoardHeaderReader } from '@tradelane/shared/lanes/board-reader'
import { CellStatus, KIND_NAMES, Kind, STATUS_REASON_NAMES, StatusReason } from '@tradelane/shared/market/nouns'
import { isoMs } from '@tradelane/shared/wire/timestamps'
import { BOOKS_LISTED_MAX } from '../limits.js'
import type { Figures } from './gauge-table.js'
import type { StatSources } from './stat-sources.js'

export type State = 'live' | 'stale' | 'down' | 'starting'

interface Status {
  readonly state: State
  readonly reason: string
  /** Null while it is starting. */
  readonly since: string | null
}

export interface LinkReport extends Status {
  readonly product: string
  readonly kind: string
}

export interface BookReport extends Status {
  readonly product: string
  readonly symbol: string
}

export interface BoardsReport {
  readonly links: Figures<'links'> & { readonly list: readonly LinkReport[] }
  readonly books: Figures<'books'> & { readonly notLive: readonly BookReport[]; readonly notLiveOmitted: number }
}

const STATES = {
  [CellStatus.empty]: 'starting',
  [CellStatus.live]: 'live',
  [CellStatus.stale]: 'stale',
  [CellStatus.down]: 'down',
} as const satisfies Record<CellStatus, State>

export class BoardStat {
  readonly #sources: StatSources
  readonly #stateBoard: BoardHeaderReader
  readonly #bookBoard: BoardHeaderReader
  readonly #header = newCellHeader()

  constructor(sources: StatSources) {
    this.#sources = sources
    this.#stateBoard = new BoardHeaderReader(sources.stateBoard)
    this.#bookBoard = new BoardHeaderReader(sources.bookBoard)
  }

  report(): BoardsReport {
    const links = this.#links()
    const books = this.#books()
    const notLive = books.filter(({ state }) => state !== 'live')
    const shown = notLive.slice(0, BOOKS_LISTED_MAX)
    return {
      links: {
        live: countOf(links, 'live'),
        down: countOf(links, 'down'),
        starting: countOf(links, 'starting'),
        list: links,
      },
      books: {
        live: countOf(books, 'live'),
        stale: countOf(books, 'stale'),
        starting: countOf(books, 'starting'),
        notLive: shown,
        notLiveOmitted: notLive.length - shown.length,
      },
    }
  }

  #links(): LinkReport[] {
    const found: LinkReport[] = []
    this.#stateBoard.cells.forEach((spec, cell) => {
      if (spec.kind !== Kind.link) return
      found.push({
        product: this.#productOf(spec),
        kind: KIND_NAMES[spec.about],
        ...this.#status(this.#stateBoard, cell),
      })
    })
    return found
  }

  #books(): BookReport[] {
    const { instruments } = this.#sources
    return this.#bookBoard.cells.map((spec, cell) => {
      const instrument = instruments.find(({ id }) => id === spec.instrument)
      return {
        product: this.#productOf(spec),
        symbol: instrument?.symbol ?? '',
        ...this.#status(this.#bookBoard, cell),
      }
    })
  }

  #productOf({ product }: CellSpec): string {
    return this.#sources.products.find(({ index }) => index === product)?.id ?? ''
  }

  #status(board: BoardHeaderReader, cell: number): Status {
    const header: CellHeader = this.#header
    if (!board.read(cell, header)) return { state: 'starting', reason: 'starting', since: null }
    const { status, reason, sinceUs } = header
    // The gateway checks it with an assertion; a report is not worth the thread.
    const name = reason === StatusReason.none ? 'none' : STATUS_REASON_NAMES[reason]
    const state = reason === StatusReason.starting ? 'starting' : STATES[status]
    return { state, reason: name, since: isoMs(sinceUs) }
  }
}

function countOf(all: readonly { readonly state: State }[], wanted: State): number {
  return all.filter(({ state }) => state === wanted).length
}
