import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PRODUCTS } from '@tradelane/venues/registry'
import fc from 'fast-check'
import { SettingError } from './setting-error.js'
import { type Environment, type Flags, readSettings } from './settings.js'
import { endpointName, flagOf, REFUSED, SETTINGS, type SettingKey } from './settings-table.js'

const NAMES = Object.values(SETTINGS).map(({ name }) => name)

test('by default every setting has its documented value', () => {
  const { settings, origins } = readSettings({})
  const { endpoints, instruments, ...plain } = settings
  assert.deepEqual(plain, {
    wsAddr: { host: '0.0.0.0', port: 9001 },
    authToken: null,
    authTokenFile: null,
    tlsCert: null,
    tlsKey: null,
    allowedOrigins: [],
    adminAddr: { host: '127.0.0.1', port: 9002 },
    adminHosts: [],
    region: 'global',
    httpsProxy: null,
    noProxy: [],
    subscriptions: [],
    l2Workers: 1,
    gateways: 1,
    topology: 'full',
    isolation: 'on',
    l2Depth: 50,
    l2ThrottleBinanceMs: 100,
    l2ThrottleBybitMs: 100,
    l2ThrottleOkxMs: 150,
    l1ThrottleMs: 50,
    l2Nice: 10,
    adminNice: 19,
    tradeNice: 0,
    warmUpMs: 800,
    wsTradesBuffer: 10_000,
    wsL2Buffer: 50_000,
    clientsMax: 2_000,
    clientsPerIpMax: null,
    clientStallMs: 90_000,
    spotLogThreshold: 50_000,
    sizeUnits: 'venue',
    logLevel: 'info',
    venueSettings: { BINANCE_FUTURES_TRADES: 'aggTrade' },
  })
  assert.deepEqual(
    instruments,
    ['btc', 'eth', 'sol'].map(base => ({ productId: null, base, quote: 'usdt' })),
  )
  for (const { id, endpoints: live } of PRODUCTS) assert.deepEqual(endpoints[id], live)
  assert.deepEqual([...new Set(origins.map(({ origin }) => origin))], ['default'])
  assert.equal(origins.length, NAMES.length + 2 * PRODUCTS.length)
})

test('a flag overrides the environment, and the environment the default', () => {
  const env = { L2_WORKERS: '3', GATEWAYS: '2' }
  const { settings, origins } = readSettings(env, { l2Workers: '4' })
  assert.deepEqual([settings.l2Workers, settings.gateways, settings.l2Depth], [4, 2, 50])
  assert.deepEqual(originOf(origins, 'L2_WORKERS'), { name: 'L2_WORKERS', value: '4', origin: '--l2-workers' })
  assert.deepEqual(originOf(origins, 'GATEWAYS'), { name: 'GATEWAYS', value: '2', origin: 'environment' })
  assert.deepEqual(originOf(origins, 'L2_DEPTH'), { name: 'L2_DEPTH', value: '50', origin: 'default' })
})

test('a valid flag hides an invalid value of the environment, not the reverse', () => {
  assert.equal(readSettings({ L2_WORKERS: 'many' }, { l2Workers: '2' }).settings.l2Workers, 2)
  assert.match(refusalOf({ L2_WORKERS: '2' }, { l2Workers: 'many' }), /^invalid --l2-workers "many"; expected /)
})

const NUMBERS: readonly (readonly [name: string, min: number, max: number])[] = [
  ['L2_WORKERS', 1, 16],
  ['GATEWAYS', 1, 4],
  ['L2_DEPTH', 1, 200],
  ['L2_THROTTLE_BINANCE_MS', 0, 10_000],
  ['L2_THROTTLE_BYBIT_MS', 0, 10_000],
  ['L2_THROTTLE_OKX_MS', 0, 10_000],
  ['L1_THROTTLE_MS', 0, 1_000],
  ['L2_NICE', 0, 19],
  ['ADMIN_NICE', 0, 19],
  ['TRADE_NICE', -20, 0],
  ['WARM_UP_MS', 0, 5_000],
  ['WS_TRADES_BUFFER', 1_000, 130_048],
  ['WS_L2_BUFFER', 1_000, 131_072],
  ['CLIENTS_MAX', 1, 100_000],
  ['CLIENT_STALL_MS', 1_000, 3_600_000],
  ['SPOT_LOG_THRESHOLD', 0, 1_000_000_000],
]

for (const [name, min, max] of NUMBERS) {
  test(`${name} is a whole number ${min}..${max} and nothing else`, () => {
    const key = keyOf(name)
    for (const value of [min, max]) assert.equal(readSettings({ [name]: String(value) }).settings[key], value)
    const bad = [String(min - 1), String(max + 1), '', ' ', '1.5', '1e3', '--1', '+5', '0x10', 'NaN', 'Infinity', '٣']
    if (min >= 0) bad.push('-1', '-0')
    bad.push(`${min}\n`, ` ${min}`, `${min} `, '1_000', '1,000', '9'.repeat(400))
    for (const text of bad) {
      assertRefused({ [name]: text }, name, text, `a whole number ${min}..${max}`)
      assertRefused({}, flagOf({ name }), text, `a whole number ${min}..${max}`, { [key]: text })
    }
  })
}

const CHOICES: readonly (readonly [name: string, choices: readonly string[]])[] = [
  ['BINANCE_FUTURES_TRADES', ['aggTrade', 'raw']],
  ['SIZE_UNITS', ['venue', 'base']],
  ['TOPOLOGY', ['full', 'compact']],
  ['ISOLATION', ['on', 'off']],
  ['REGION', ['global', 'au', 'eea', 'ge', 'id', 'jp', 'kz', 'tr', 'us']],
  ['LOG_LEVEL', ['debug', 'info', 'warn', 'error']],
]

for (const [name, choices] of CHOICES) {
  const accepted = choices.length > 2 ? `one of ${choices.join(', ')}` : choices.join(' or ')
  test(`${name} is ${accepted} and nothing else`, () => {
    for (const choice of choices) {
      const { settings } = readSettings({ [name]: choice })
      assert.equal(settings.venueSettings[name] ?? settings[keyOf(name)], choice)
    }
    for (const text of ['', choices[0]?.toUpperCase() ?? '', ` ${choices[0]}`, 'toString', '__proto__', '0']) {
      assertRefused({ [name]: text }, name, text, accepted)
    }
  })
}

test('every setting is covered here', () => {
  const covered = [...NUMBERS, ...CHOICES].map(([name]) => name)
  covered.push('CLIENTS_PER_IP_MAX', 'HTTPS_PROXY', 'NO_PROXY')
  // In access-settings.test.ts.
  covered.push('AUTH_TOKEN', 'AUTH_TOKEN_FILE', 'TLS_CERT', 'TLS_KEY', 'ALLOWED_ORIGINS')
  covered.push('WS_ADDR', 'ADMIN_ADDR', 'ADMIN_HOSTS', 'INSTRUMENTS', 'SUBSCRIPTIONS')
  assert.deepEqual(covered.sort(), NAMES.toSorted())
})

test('HTTPS_PROXY is a URL, also in lower case; its value is in no message and no list', () => {
  const url = 'http://desk:sesame@proxy:8080/'
  for (const name of ['HTTPS_PROXY', 'https_proxy']) {
    const { settings, origins } = readSettings({ [name]: url, no_proxy: 'a.example, 10.0.0.0/8 b.example:443' })
    assert.equal(settings.httpsProxy, url)
    assert.deepEqual(settings.noProxy, ['a.example', '10.0.0.0/8', 'b.example:443'])
    assert.ok(!JSON.stringify(origins).includes('sesame'))
  }
  assert.equal(readSettings({ HTTPS_PROXY: '' }).settings.httpsProxy, null)
  for (const text of ['proxy:8080', 'socks5://desk:sesame@proxy', 'http://sesame/path', 'http://proxy?sesame']) {
    assert.throws(() => readSettings({ HTTPS_PROXY: text }), {
      message: /^invalid HTTPS_PROXY \(its value is not shown\)/,
    })
  }
  assert.throws(
    () => readSettings({ NO_PROXY: 'http://a.b' }),
    /invalid NO_PROXY "http:\/\/a\.b"; expected a list of names/,
  )
})

test('REGION points at the hosts that venues document there; ENDPOINT_… and --sim win', () => {
  const { endpoints } = readSettings({ REGION: 'eea', ENDPOINT_OKX_SPOT_WS: 'wss://own.example' }).settings
  assert.deepEqual(endpoints['okx-swap'], { ws: 'wss://wseea.okx.com:8443', rest: 'https://eea.okx.com' })
  assert.deepEqual(endpoints['okx-spot'], { ws: 'wss://own.example', rest: 'https://eea.okx.com' })
  assert.deepEqual(endpoints['bybit-linear'], { ws: 'wss://stream.bybit.eu', rest: 'https://api.bybit.com' })
  assert.deepEqual(endpoints['binance-spot'], readSettings({}).settings.endpoints['binance-spot'])
  const simulated = readSettings({ REGION: 'eea' }, {}, 'ws://127.0.0.1:9100').settings.endpoints
  assert.equal(simulated['okx-spot']?.ws, 'ws://127.0.0.1:9100/okx')
})

test('CLIENTS_PER_IP_MAX is a whole number, or as many as CLIENTS_MAX allows', () => {
  for (const [text, value] of [
    ['1', 1],
    ['100000', 100_000],
    ['CLIENTS_MAX', null],
  ] as const) {
    assert.equal(readSettings({ CLIENTS_PER_IP_MAX: text }).settings.clientsPerIpMax, value)
  }
  for (const text of ['', '0', '100001', 'clients_max', 'all', '1.5']) {
    assertRefused({ CLIENTS_PER_IP_MAX: text }, 'CLIENTS_PER_IP_MAX', text, 'a whole number 1..100000, or CLIENTS_MAX')
  }
})

test('settings that contradict each other are refused, wherever they come from', () => {
  assert.equal(
    refusalOf({ ISOLATION: 'off' }, { gateways: '2' }),
    'invalid GATEWAYS "2" with ISOLATION=off; expected 1, as everything is in one thread',
  )
  assert.match(
    refusalOf({ ISOLATION: 'off', TOPOLOGY: 'compact' }),
    /^invalid TOPOLOGY "compact" with ISOLATION=off; expected full/,
  )
  assert.equal(readSettings({ TOPOLOGY: 'compact', GATEWAYS: '4', L2_WORKERS: '3' }).settings.topology, 'compact')
  assert.equal(readSettings({ ISOLATION: 'off', L2_WORKERS: '3' }).settings.l2Workers, 3)
})

test('WS_ADDR is a host and a port', () => {
  const address = (text: string): unknown => readSettings({ WS_ADDR: text }).settings.wsAddr
  assert.deepEqual(address('127.0.0.1:0'), { host: '127.0.0.1', port: 0 })
  assert.deepEqual(address('localhost:65535'), { host: 'localhost', port: 65_535 })
  assert.deepEqual(address('[::1]:9001'), { host: '::1', port: 9_001 })
  const bad = ['', '9001', ':9001', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '127.0.0.1:-1', '::1:9001', 'a b:1']
  bad.push('127.0.0.1:9001\n', 'ws://127.0.0.1:9001', '127.0.0.1:9001/', '[]:9001', '127.0.0.1:9001:9002', 'h:٣')
  for (const text of bad) assertRefused({ WS_ADDR: text }, 'WS_ADDR', text, 'host:port, port 0..65535')
})

test('ADMIN_ADDR is a host and a port, or off', () => {
  const address = (text: string): unknown => readSettings({ ADMIN_ADDR: text }).settings.adminAddr
  assert.deepEqual(address('0.0.0.0:0'), { host: '0.0.0.0', port: 0 })
  assert.equal(address('off'), null)
  for (const text of ['', 'OFF', 'none', '9002', 'off:1:2', 'off\n']) {
    assertRefused({ ADMIN_ADDR: text }, 'ADMIN_ADDR', text, 'host:port, port 0..65535, or off')
  }
})

test('ADMIN_HOSTS is a list of host names and addresses', () => {
  const hosts = (text: string): unknown => readSettings({ ADMIN_HOSTS: text }).settings.adminHosts
  assert.deepEqual(hosts('Trade.example, 10.0.0.5,[FE80::1],::2,my_box'), [
    'trade.example',
    '10.0.0.5',
    'fe80::1',
    '::2',
    'my_box',
  ])
  assert.deepEqual(hosts(''), [])
  const bad = ['*', 'a:80', 'http://a', 'a/b', '-a', 'a.', '[a]', '[::1', 'a b', 'é', `${'x'.repeat(254)}`]
  for (const text of bad) assertRefused({ ADMIN_HOSTS: text }, 'ADMIN_HOSTS', text, 'host names or addresses without')
})

test('INSTRUMENTS names pairs on every product or on one, in any case, with spaces between', () => {
  const { instruments } = readSettings({ INSTRUMENTS: ' BTC-usdt, bybit-linear:1000pepe-USDT ,,' }).settings
  assert.deepEqual(instruments, [
    { productId: null, base: 'btc', quote: 'usdt' },
    { productId: 'bybit-linear', base: '1000pepe', quote: 'usdt' },
  ])
  const many = Array.from({ length: 1_000 }, (_, index) => `c${index}-usdt`).join(',')
  assert.equal(readSettings({ INSTRUMENTS: many }).settings.instruments.length, 1_000)
  const bad = [
    '',
    ',',
    'btc',
    'btcusdt',
    'btc-',
    '-usdt',
    'btc-usdt-swap',
    'nyse:btc-usdt',
    ':btc-usdt',
    'btc-usdt;eth-usdt',
  ]
  bad.push('btc/usdt', 'btc-usdt eth-usdt', 'bybit-linear:', `${'x'.repeat(21)}-usdt`, `${many},one-more`)
  // Another name in upper case; longer than may be; no letter.
  bad.push('straße-usdt', 'ıo-usdt', `${'币'.repeat(12)}-usdt`, '😀-usdt')
  for (const text of bad) assertRefused({ INSTRUMENTS: text }, 'INSTRUMENTS', text, 'base-quote or product:base-quote')
})

test('INSTRUMENTS accepts names of every script', () => {
  const text = 'binance-spot:币安人生-usdt, БИТ-usdt, cafe\u0301-usdt'
  const { instruments } = readSettings({ INSTRUMENTS: text }).settings
  assert.deepEqual(instruments, [
    { productId: 'binance-spot', base: '币安人生', quote: 'usdt' },
    { productId: null, base: 'бит', quote: 'usdt' },
    { productId: null, base: 'caf\u00e9', quote: 'usdt' },
  ])
})

test('INSTRUMENTS refuses dated contracts and says so, instead of carrying another symbol', () => {
  const dated = ['bybit-linear:btcusdt-26mar27', 'bybit-linear:BTC-6MAR27', 'binance-futures:btc-usdt_270326']
  for (const entry of [...dated, 'btcusdt_270326', 'okx-swap:btc-usdt-270326', 'btc-usd-270326']) {
    const line = refusalOf({ INSTRUMENTS: `eth-usdt,${entry}` })
    assert.ok(line.includes(`; "${entry}" is a dated contract, which cannot be carried; expected `), line)
    assert.ok(line.includes('spot pairs and perpetuals as base-quote or product:base-quote'), line)
  }
})

test('SUBSCRIPTIONS adds and removes kinds that the product has', () => {
  const { subscriptions } = readSettings({
    SUBSCRIPTIONS: '-bybit-linear:liquidation, binance-futures:order_book_l2',
  }).settings
  assert.deepEqual(subscriptions, [
    { isAdded: false, productId: 'bybit-linear', kind: 'liquidation' },
    { isAdded: true, productId: 'binance-futures', kind: 'order_book_l2' },
  ])
  assert.deepEqual(readSettings({ SUBSCRIPTIONS: '' }).settings.subscriptions, [])
  const bad = [
    'trade',
    'nyse:trade',
    'bybit-linear:',
    ':trade',
    'bybit-linear:book',
    '+bybit-linear:trade',
    'bybit-linear',
  ]
  bad.push('--bybit-linear:trade', 'bybit-linear:trade:x', 'bybit-linear:cumulative_volume_delta', 'bybit-linear:link')
  for (const text of bad) assertRefused({ SUBSCRIPTIONS: text }, 'SUBSCRIPTIONS', text, 'products and their kinds:')
  for (const { id, kinds } of PRODUCTS.filter(product => product.marketType === 'Spot')) {
    assert.ok(kinds.length < 5)
    for (const kind of ['liquidation', 'open_interest']) {
      assertRefused({ SUBSCRIPTIONS: `${id}:${kind}` }, 'SUBSCRIPTIONS', `${id}:${kind}`, `${id} (trade, `)
    }
  }
})

test('an endpoint can be named for each product, and --sim points all others at the simulator', () => {
  for (const { id } of PRODUCTS) {
    const env = {
      [endpointName(id, 'WS')]: 'wss://example.org/a/',
      [endpointName(id, 'REST')]: 'http://example.org:81',
    }
    const { settings, origins } = readSettings(env, {}, 'ws://127.0.0.1:9100/')
    assert.deepEqual(settings.endpoints[id], { ws: 'wss://example.org/a', rest: 'http://example.org:81' })
    assert.equal(originOf(origins, endpointName(id, 'WS')).origin, 'environment')
    for (const other of PRODUCTS.filter(product => product.id !== id)) {
      const prefix = other.simulatorPrefix
      assert.deepEqual(settings.endpoints[other.id], {
        ws: `ws://127.0.0.1:9100${prefix}`,
        rest: `http://127.0.0.1:9100${prefix}`,
      })
      assert.equal(originOf(origins, endpointName(other.id, 'REST')).origin, '--sim')
    }
  }
  assert.equal(readSettings({}, {}, 'wss://h/x').settings.endpoints['bybit-linear']?.rest, 'https://h/x/bybit-linear')
})

test('a URL that cannot be a base is refused', () => {
  const anywhere = [
    '',
    '9100',
    '127.0.0.1:9100',
    'ftp://h',
    'ws://',
    'ws://h:99999',
    'ws://h/?a=1',
    'ws://h/#a',
    'ws://u:p@h',
  ]
  for (const text of [...anywhere, 'http://h']) {
    const line = refusalOf({}, {}, text)
    assert.ok(line.startsWith(`invalid --sim ${JSON.stringify(text)}; expected ws://host`), line)
  }
  for (const text of [...anywhere, 'http://h']) {
    assertRefused(
      { ENDPOINT_BYBIT_LINEAR_WS: text },
      'ENDPOINT_BYBIT_LINEAR_WS',
      text,
      'ws://host[:port][/prefix] or wss',
    )
  }
  for (const text of [...anywhere, 'ws://h']) {
    assertRefused(
      { ENDPOINT_BYBIT_LINEAR_REST: text },
      'ENDPOINT_BYBIT_LINEAR_REST',
      text,
      'http://host[:port][/prefix]',
    )
  }
})

test('settings of the older server that have no meaning here are refused with what to do instead', () => {
  assert.deepEqual(Object.keys(REFUSED).sort(), ['WS_BINARY_FRAMES', 'WS_BUFFER_SIZE', 'WS_ENVELOPE'])
  for (const name of Object.keys(REFUSED)) {
    for (const value of ['', '1', '10000']) {
      const line = refusalOf({ [name]: value })
      assert.ok(line.startsWith(`unsupported setting ${name}: `) && line.length > 60, line)
    }
  }
  assert.match(refusalOf({ WS_BUFFER_SIZE: '5' }), /WS_TRADES_BUFFER and WS_L2_BUFFER/)
  assert.match(refusalOf({ WS_BINARY_FRAMES: '1' }), /\?format=msgpack/)
})

/** As the unit `binary` of fast-check, which makes a table of all of them before it draws the first. */
const CHARACTERS = fc.nat(0x10f7ff).map(code => String.fromCodePoint(code < 0xd800 ? code : code + 0x800))

test('whatever is in the environment, the flags and --sim, the result is settings or one line', () => {
  const names = [...NAMES, ...PRODUCTS.flatMap(({ id }) => [endpointName(id, 'WS')])]
  const pieces = fc.constantFrom(
    '-',
    ':',
    ',',
    '9',
    '0',
    'btc',
    'usdt',
    'bybit-linear',
    'trade',
    '\n',
    ' ',
    'ws://',
    '[',
    ']',
  )
  const text = fc.oneof(
    fc.string({ unit: CHARACTERS, maxLength: 40 }),
    fc.array(pieces, { maxLength: 12 }).map(parts => parts.join('')),
  )
  const env = fc.dictionary(fc.constantFrom(...names, ...Object.keys(REFUSED)), text, { maxKeys: 2 })
  const flags = fc.dictionary(fc.constantFrom(...Object.keys(SETTINGS)), text, { maxKeys: 2 })
  fc.assert(
    fc.property(env, flags, fc.option(text, { nil: undefined }), (someEnv, someFlags, sim) => {
      try {
        readSettings(someEnv, someFlags as Flags, sim)
      } catch (error) {
        assert.ok(error instanceof SettingError, String(error))
        assert.ok(!/[\n\r]/.test(error.message), 'one line')
      }
    }),
    { numRuns: 1_000 },
  )
})

function assertRefused(env: Environment, shown: string, value: string, accepted: string, flags: Flags = {}): void {
  const line = refusalOf(env, flags)
  assert.ok(line.startsWith(`invalid ${shown} ${JSON.stringify(value)}; expected `), line)
  assert.ok(line.includes(accepted), line)
  assert.ok(!line.includes('\n'), line)
}

function refusalOf(env: Environment, flags: Flags = {}, sim?: string): string {
  try {
    readSettings(env, flags, sim)
  } catch (error) {
    assert.ok(error instanceof SettingError, String(error))
    return error.message
  }
  return assert.fail(`accepted: ${JSON.stringify({ env, flags, sim })}`)
}

function keyOf(name: string): SettingKey {
  const found =
    Object.entries(SETTINGS).find(([, setting]) => setting.name === name) ?? assert.fail(`no setting ${name}`)
  return found[0] as SettingKey
}

function originOf(
  origins: ReturnType<typeof readSettings>['origins'],
  name: string,
): Pick<(typeof origins)[number], 'name' | 'value' | 'origin'> {
  const { value, origin } = origins.find(each => each.name === name) ?? assert.fail(`no origin of ${name}`)
  return { name, value, origin }
}
