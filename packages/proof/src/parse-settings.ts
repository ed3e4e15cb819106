/** What a test tells a worker process in its first argument: a JSON object. */
export interface ProcessSettings {
  list(name: string): readonly string[]
  text(name: string): string
  number(name: string): number
}

/** @throws TypeError when the argument, or a setting that is asked for, is not what a test of this package would pass. */
export function parseSettings(argument = 'null'): ProcessSettings {
  const given: unknown = JSON.parse(argument)
  if (typeof given !== 'object' || given === null) throw new TypeError('the settings are no object')
  const fields = new Map<string, unknown>(Object.entries(given))
  const wrong = (name: string, what: string): TypeError => new TypeError(`setting "${name}" is no ${what}`)
  return {
    list(name) {
      const value = fields.get(name)
      if (!Array.isArray(value)) throw wrong(name, 'list')
      return value.map(String)
    },
    text(name) {
      const value = fields.get(name)
      if (typeof value !== 'string') throw wrong(name, 'text')
      return value
    },
    number(name) {
      const value = fields.get(name)
      if (typeof value !== 'number') throw wrong(name, 'number')
      return value
    },
  }
}
