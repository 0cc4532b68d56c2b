// What a command tells its user, line by line: what it does on standard output, why it cannot on standard error.

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`)
}

export function printError(line: string): void {
  process.stderr.write(`tradelane: ${line}\n`)
}
