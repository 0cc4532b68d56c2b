// Draws the report in the browser from the JSON in the page; needs nothing from the network.
/* global uPlot */

const report = JSON.parse(document.getElementById('report').textContent)
const COLOURS = ['#2e7dd1', '#d1662e', '#8a8f98', '#7a4fc4', '#2a9d6f', '#c43f7a']
const CHART_HEIGHT = 340
// The canvas needs one plain colour, not a pair for light and dark.
const ink = getComputedStyle(document.getElementById('summary')).color

const variantNames = report.about.map(({ name }) => name)
showSummary()
showGates()
for (const scenario of new Set(report.rows.map(row => row.scenario))) showScenario(scenario)
showVariants()

function showSummary() {
  const { machine, startedAt, roundCount } = report
  document.getElementById('summary').textContent =
    `${startedAt}, ${roundCount} rounds. ${machine.processor}, ${machine.cpuCount} CPUs, ${machine.memoryGiB} GiB, ` +
    `${machine.system}, Node ${machine.node}; simulator, server and probe share them.`
}

function showGates() {
  const lines = report.gates.map(({ name, verdict, detail }) => [
    cell(verdict === 'passed' ? verdict : verdict.toUpperCase(), verdict),
    cell(name, 'text'),
    cell(detail, 'text'),
  ])
  const ratios = report.ratios.map(({ spec, value }) => [
    cell(spec.name, 'text'),
    value === null ? cell('no figure', 'fault') : spreadCell(value, 1),
  ])
  document
    .getElementById('gates')
    .append(heading('Gates'), table(['', 'gate', 'measured'], lines), heading('Ratios'), table(['ratio', ''], ratios))
  if (report.goals.length > 0) showGoals()
}

function showGoals() {
  const lines = report.goals.map(({ name, limit, measured, unit, isReached }) => [
    cell(isReached ? 'reached' : 'missed', isReached ? 'passed' : 'failed'),
    cell(name, 'text'),
    cell(limit),
    measured === null ? cell('no figure', 'fault') : spreadCell(measured, 1),
    cell(unit, 'text'),
  ])
  document.getElementById('gates').append(heading('Goals'), table(['', 'goal', 'at most', 'measured', ''], lines))
}

function showScenario(scenario) {
  const rows = report.rows.filter(row => row.scenario === scenario)
  const about = report.scenarios.find(({ name }) => name === scenario)?.about ?? ''
  const section = element('section')
  const chart = element('div', '', 'chart')
  section.append(
    heading(scenario),
    element('p', about),
    chart,
    scenarioTable(rows),
    pathTable(rows),
    usageTable(rows),
    faultList(rows),
  )
  document.getElementById('scenarios').append(section)
  drawCurves(chart, rows)
}

function scenarioTable(rows) {
  const measures = ['p50Us', 'p95Us', 'p99Us', 'p999Us', 'maxUs', 'receivedP99Us', 'bookAgeP99Us']
  const titles = ['ms', 'trades', 'p50', 'p95', 'p99', 'p99.9', 'max', 'receive → client p99', 'books p99']
  const lines = rows.map(row => {
    const { figures } = row
    if (figures === null) return [cell(titleOf(row)), cell('no figure', 'fault')]
    return [
      cell(titleOf(row)),
      cell(String(Math.round(figures.distinctTrades.median))),
      ...measures.map(measure => spreadCell(figures[measure], 1000)),
    ]
  })
  return table(titles, lines)
}

function usageTable(rows) {
  const measured = rows.filter(({ figures }) => figures !== null)
  if (measured.length === 0) return ''
  const lines = measured.map(({ variant, phase, figures }) => [
    cell(`${variant} ${phase}`),
    cell(percent(figures.serverCores)),
    cell(figures.cpuUsPerTrade === null ? '–' : `${figures.cpuUsPerTrade.median.toFixed(1)} µs`),
    cell(
      figures.serverResidentBytes === null ? '–' : `${Math.round(figures.serverResidentBytes.median / 2 ** 20)} MiB`,
    ),
    cell(percent(figures.simCores)),
    cell(percent(figures.probeCores)),
    spreadCell(figures.latenessP99Us, 1000),
  ])
  const titles = ['CPU', 'server', 'per delivered trade', 'memory', 'simulator', 'probe', 'simulator late p99, ms']
  return table(titles, lines)
}

function pathTable(rows) {
  const lines = rows.flatMap(row =>
    Object.entries(row.figures?.paths ?? {}).map(([name, { p50Us, p99Us, bookAgeMaxUs }]) => [
      cell(`${titleOf(row)}, ${name}`),
      spreadCell(p50Us, 1000),
      spreadCell(p99Us, 1000),
      spreadCell(bookAgeMaxUs, 1000),
    ]),
  )
  return lines.length === 0 ? '' : table(['clients on slow paths, ms', 'p50', 'p99', 'oldest book'], lines)
}

function faultList(rows) {
  const list = element('ul', '', 'fault')
  // Faults are of a whole run.
  for (const { variant, phase, faults } of rows)
    if (phase === 'warm') for (const fault of faults) list.append(element('li', `${variant}: ${fault}`))
  return list
}

/** The percentile is drawn as 1 ÷ (1 − p) on a logarithmic axis, so that 90, 99 and 99.9 % are equally far apart. */
function drawCurves(place, rows) {
  const drawn = rows.filter(({ figures }) => figures !== null && figures.curveUs.length > 1)
  if (drawn.length === 0) return
  const nines = report.curvePercentiles.map(percentile => 1 / (1 - percentile / 100))
  const at = (figures, read) =>
    nines.map((_, step) => (figures.curveUs[step] ? read(figures.curveUs[step]) / 1000 : null))
  const series = [{ label: 'percentile', value: (_, value) => percentileText(value) }]
  const bands = []
  const columns = [nines]
  for (const { variant, phase, figures } of drawn) {
    const stroke = COLOURS[variantNames.indexOf(variant) % COLOURS.length]
    const value = (_, ms) => (ms === null ? '–' : `${ms.toFixed(2)} ms`)
    columns.push(
      at(figures, ({ median }) => median),
      at(figures, ({ max }) => max),
      at(figures, ({ min }) => min),
    )
    const dash = phase === 'early' ? [6, 4] : undefined
    series.push({ label: `${variant} ${phase}`, stroke, dash, width: 2, value, points: { show: false } })
    const edge = { stroke: 'transparent', points: { show: false }, class: 'edge' }
    series.push({ ...edge, label: `${variant} ${phase} most` }, { ...edge, label: `${variant} ${phase} least` })
    bands.push({ series: [series.length - 2, series.length - 1], fill: `${stroke}22` })
  }
  const grid = { stroke: ink.replace('rgb(', 'rgba(').replace(')', ', 0.2)'), width: 1 }
  const ticks = (_, splits) => splits.map(percentileTick)
  const axes = [
    { stroke: ink, grid, label: 'percentile', values: ticks },
    { stroke: ink, grid, label: 'ms', size: 60, values: (_, splits) => splits.map(msTick) },
  ]
  const width = Math.min(1_200, document.querySelector('main').clientWidth - 32)
  const scales = { x: { time: false, distr: 3 }, y: { distr: 3 } }
  const chart = new uPlot({ width, height: CHART_HEIGHT, scales, axes, series, bands }, columns, place)
  for (const edge of chart.root.querySelectorAll('.u-legend .edge')) edge.style.display = 'none'
}

function titleOf({ variant, phase }) {
  return `${variant} ${phase}`
}

function percentileTick(nines) {
  const isDecade = Math.abs(Math.log10(nines) - Math.round(Math.log10(nines))) < 1e-6
  return isDecade ? percentileText(nines) : ''
}

function percentileText(nines) {
  return nines === null ? '–' : `${Number((100 * (1 - 1 / nines)).toFixed(3))} %`
}

function msTick(ms) {
  return /^[125]/.test(String(ms).replace(/^0\.0*/, '')) ? String(ms) : ''
}

function showVariants() {
  const lines = report.about.map(({ name, about }) => [cell(name), cell(about, 'text')])
  document.getElementById('variants').append(heading('What was measured'), table(['', ''], lines))
}

function percent(cores) {
  return cores === null ? '–' : `${Math.round(cores.median * 100)} %`
}

function spreadCell(spread, divisor) {
  if (spread === null) return cell('–')
  const text = value => (value / divisor).toFixed(2)
  const filled = cell(`${text(spread.median)} `)
  filled.append(element('span', `${text(spread.min)}–${text(spread.max)}`, 'range'))
  return filled
}

function table(titles, lines) {
  const filled = element('table')
  const head = element('tr')
  // A title is aligned as its column.
  const isText = column => lines[0]?.[column]?.classList.contains('text') ?? false
  head.append(...titles.map((title, column) => element('th', title, isText(column) ? 'text' : '')))
  filled.append(head)
  for (const line of lines) {
    const row = element('tr')
    row.append(...line)
    filled.append(row)
  }
  const wide = element('div', '', 'wide')
  wide.append(filled)
  return wide
}

function cell(text, className = '') {
  return element('td', text, className)
}

function heading(text) {
  return element('h2', text)
}

function element(name, text = '', className = '') {
  const made = document.createElement(name)
  made.textContent = text
  if (className !== '') made.className = className
  return made
}
