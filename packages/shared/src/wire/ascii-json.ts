// JSON text in ASCII only: lanes and the frames of clients hold one byte per character, and names of instruments may be of any
// script. The escapes mean the same to every reader. Not on the hot path: names are encoded once.

export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
