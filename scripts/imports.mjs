// Finds what a TypeScript source imports, by its text: TypeScript 7 offers no parser to JavaScript. Enough for sources that
// the formatter has brought into one shape; a comment line is never taken for an import.

const DECLARATION =
  /^[ \t]*(import|export)\s+(type\s+)?(?:[\w$*{},\s]*?\sfrom\s*|[\w$*{},\s]*?\}from\s*)?(['"])([^'"\n]+)\3/gm
const CALL = /\b(?:import|require|import\.meta\.resolve|createRequire\([^()\n]*\))\(\s*(['"`])([^'"`\n]+)\1/g
const COMMENT_LINE = /^\s*(?:\/\/|\*|\/\*)/

/** Every import as `{ specifier, line, isType }`, in the order of the text. */
export function importsOf(text) {
  const declared = [...text.matchAll(DECLARATION)].map(match => found(text, match, match[4], match[2] !== undefined))
  const called = [...text.matchAll(CALL)].map(match => found(text, match, match[2], false))
  const lines = text.split('\n')
  return [...declared, ...called]
    .filter(each => !COMMENT_LINE.test(lines[each.line - 1]))
    .sort((left, right) => left.line - right.line)
}

function found(text, match, specifier, isType) {
  const end = match.index + match[0].length
  return { specifier, line: text.slice(0, end).split('\n').length, isType }
}
