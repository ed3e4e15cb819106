import type { Mutant } from './mutant.js'

/** The source with the one place replaced. Throws where the place is not there, or there are several: then the mutant is of old sources. */
export function applyMutant(
  source: string,
  { name, file, search, replace }: Pick<Mutant, 'name' | 'file' | 'search' | 'replace'>,
): string {
  const places = source.split(search).length - 1
  if (places !== 1) throw new Error(`a broker that ${name}: ${places} places in ${file} have\n${search}`)
  return source.replace(search, () => replace)
}
