// The frame of the page: who may see it, which view is open, which instrument is chosen.

import type { JSX } from 'preact'
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { Feed } from './feed/feed.js'
import { Feel } from './feel/feel.js'
import { Late } from './late/late.js'
import { Live } from './live/live.js'
import { AdminApi, factOf } from './model/admin-api.js'
import { durationText, marketText } from './model/format.js'
import { Market } from './model/market.js'
import { StateView } from './state/state.js'
import { TokenForm } from './token-form.js'
import { useRedraw } from './use-redraw.js'

const VIEWS = [
  { id: 'live', title: 'Live' },
  { id: 'feel', title: 'Feel it' },
  { id: 'late', title: 'Why was it late' },
  { id: 'state', title: 'State' },
] as const
type ViewId = (typeof VIEWS)[number]['id']

const FIRST_CHECK = '/readyz'

export function App(): JSX.Element {
  const api = useMemo(() => new AdminApi(), [])
  const [access, setAccess] = useState<'token' | 'wrong' | 'open'>(factOf('token') === 'needed' ? 'token' : 'open')
  const check = async (): Promise<void> => {
    const answer = await api.get(FIRST_CHECK)
    if (answer.status === 'no-token') setAccess('wrong')
    // Not ready is an answer, too: the page shows what is missing.
    else setAccess('open')
  }
  if (access === 'open') return <Shell api={api} />
  const present = (token: string): void => {
    api.token = token
    void check()
  }
  return <TokenForm isWrong={access === 'wrong'} onToken={present} />
}

function viewOfLocation(): ViewId {
  return VIEWS.find(({ id }) => `#${id}` === location.hash)?.id ?? 'live'
}

function Shell({ api }: { readonly api: AdminApi }): JSX.Element {
  const market = useMemo(() => new Market(), [])
  const [view, setView] = useState<ViewId>(viewOfLocation())
  const [chosen, setChosen] = useState('')
  const [asked, setAsked] = useState<{ readonly stream: string; readonly seq: number } | null>(null)
  useEffect(() => {
    const feed = new Feed({
      url: factOf('gateway'),
      token: api.token,
      isAcknowledging: true,
      hasBooks: true,
      isResuming: true,
      bytesPerS: Number.POSITIVE_INFINITY,
      onBatch: market.onBatch,
      onConnection: market.onConnection,
    })
    return () => feed.close()
  }, [api, market])
  useEffect(() => {
    const onHash = (): void => setView(viewOfLocation())
    addEventListener('hashchange', onHash)
    return () => removeEventListener('hashchange', onHash)
  }, [])
  useRedraw(500)
  const ask = (seq: number): void => setAsked({ stream: market.stream, seq })
  const explain = useCallback(
    (seq: number): void => {
      setAsked({ stream: market.stream, seq })
      location.hash = 'late'
    },
    [market],
  )
  // A gateway that was started again knows nothing of what another one sent.
  const sequence = asked?.stream === market.stream ? asked.seq : null
  const key = market.instruments.has(chosen) ? chosen : firstKey(market)
  return (
    <>
      <header>
        <h1>Tradelane</h1>
        <nav aria-label="Views">
          {VIEWS.map(({ id, title }) => (
            <a key={id} href={`#${id}`} aria-current={id === view ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <InstrumentChoice market={market} chosen={key} onChoose={setChosen} />
        <Connection market={market} />
      </header>
      <main>
        {view === 'live' && <Live market={market} instrument={market.instruments.get(key)} onExplain={explain} />}
        {view === 'feel' && <Feel token={api.token} />}
        {view === 'late' && <Late key={market.stream} api={api} market={market} sequence={sequence} onSequence={ask} />}
        {view === 'state' && <StateView api={api} />}
      </main>
    </>
  )
}

/** Those with a book come first. */
function sorted(market: Market): readonly string[] {
  const rank = (key: string): number => (market.instruments.get(key)?.hasBook ? 0 : 1)
  return [...market.instruments.keys()].sort((one, other) => rank(one) - rank(other) || one.localeCompare(other))
}

function firstKey(market: Market): string {
  return sorted(market)[0] ?? ''
}

interface ChoiceProps {
  readonly market: Market
  readonly chosen: string
  readonly onChoose: (key: string) => void
}

function InstrumentChoice({ market, chosen, onChoose }: ChoiceProps): JSX.Element {
  return (
    <label class="choice">
      <span class="hidden">Instrument</span>
      <select value={chosen} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {sorted(market).map(key => {
          const { label } = market.instruments.get(key)!
          return (
            <option key={key} value={key}>
              {label.base.toUpperCase()}-{label.quote.toUpperCase()} {marketText(label.kind)} · {label.exchange}
            </option>
          )
        })}
      </select>
    </label>
  )
}

const STATES = { connecting: 'connecting', open: 'live', closed: 'reconnecting', refused: 'no connection' } as const

function Connection({ market }: { readonly market: Market }): JSX.Element {
  const { state, why } = market.connection
  return (
    <p class={`connection ${state}`} role="status" title={why}>
      <span class="dot" aria-hidden="true" />
      {STATES[state]}
      <span class="figure" title="99 of 100 trades of the last 10 s were read here sooner after the gateway had them">
        p99 <b>{durationText(market.delays.percentile(0.99))}</b>
      </span>
    </p>
  )
}
