// A reporter for `node --test`: one JSON line per finished test, which test.mjs sums up. Suites are left out, for their
// tests are counted, except a suite that was skipped as a whole.

/** @public named on the command line of `node --test` */
export default async function* tally(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const skip = data.skip === undefined || data.skip === false ? undefined : String(data.skip)
    if (data.details?.type === 'suite' && skip === undefined) continue
    const outcome = skip !== undefined ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed'
    yield `${JSON.stringify({ outcome, name: data.name, file: data.file, skip })}\n`
  }
}
