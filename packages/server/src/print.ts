// A command's lines for its user: results on standard output, errors on standard error. Secrets that the URL of a server may
// carry are not shown, wherever the text came from.

export function printLine(line: string): void {
  process.stdout.write(`${withoutSecrets(line)}\n`)
}

/** What accompanies a result on standard output that is for a program. */
export function printBeside(line: string): void {
  process.stderr.write(`${withoutSecrets(line)}\n`)
}

export function printError(line: string): void {
  process.stderr.write(`tradelane: ${withoutSecrets(line)}\n`)
}

function withoutSecrets(text: string): string {
  return text.replace(/([?&]token=)[^&#\s"']*[^&#\s"':,.;]/g, '$1(set)').replace(/:\/\/[^/?#@\s"']+@/g, '://(set)@')
}
