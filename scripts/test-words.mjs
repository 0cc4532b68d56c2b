// Which test files the words of `npm test -- WORD…` select.

/**
 * A word is found anywhere in the path below the top folder, of the source or the compiled file. The top folder itself counts
 * as a whole, or as the beginning of a word with a slash: `package` is not all of `packages/`.
 */
export function isSelected(file, words) {
  return words.length === 0 || words.some(word => [file, sourceOf(file)].some(path => matches(path, plain(word))))
}

function matches(path, word) {
  const slash = path.indexOf('/')
  const isTop = path.slice(0, slash) === word
  return isTop || path.slice(slash + 1).includes(word) || (word.includes('/') && path.startsWith(word))
}

function sourceOf(file) {
  return file.replace('/dist/', '/src/')
}

/** As a shell completes it. */
function plain(word) {
  return word.replace(/^\.\//, '').replace(/\.ts$/, '')
}
