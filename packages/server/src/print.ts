// A command's lines for its user: results on standard output, errors on standard error.

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`)
}

export function printError(line: string): void {
  process.stderr.write(`tradelane: ${line}\n`)
}
