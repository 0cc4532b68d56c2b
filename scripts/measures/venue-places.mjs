// Where a venue is named outside its own folders: what has to be edited besides them when a venue is added.

import { walk } from './source-tree.mjs'

/** Paths of product files in which an identifier, a text or an import has the venue's name in it. */
export function filesNamingVenue(sources, venue) {
  const name = new RegExp(venue, 'i')
  const outside = [...sources.values()].filter(
    ({ path }) => path.startsWith('packages/') && !path.includes(`/${venue}/`) && !name.test(path),
  )
  return outside.filter(({ program }) => isNamedIn(program, name)).map(({ path }) => path)
}

function isNamedIn(program, name) {
  let isNamed = false
  walk(program, node => {
    const text = { Identifier: node.name, Literal: node.value, TemplateElement: node.value?.raw }[node.type]
    if (typeof text === 'string' && name.test(text)) isNamed = true
  })
  return isNamed
}
