import { renderRows } from './render-rows.ts'

export interface Variable {
  /** The option in code that it stands above. */
  readonly option: string | undefined
  readonly doc: string
  readonly default?: string
  readonly secret?: true
}

export interface Preset {
  readonly doc: string
  readonly values: Readonly<Record<string, string | undefined>>
  readonly needs: Readonly<Record<string, string | undefined>>
}

export interface ConfigurationParts {
  /** The words of the page, with a line `<!-- presets -->` and `<!-- variables -->` each. */
  readonly template: string
  readonly presets: Readonly<Record<string, Preset>>
  readonly variables: Readonly<Record<string, Variable>>
}

/** The page about configuration. */
export const renderConfigurationPage = ({ template, presets, variables }: ConfigurationParts): string =>
  template
    .replace('<!-- presets -->\n', () => renderPresets(presets))
    .replace('<!-- variables -->\n', () => renderVariables(variables))

const renderPresets = (presets: ConfigurationParts['presets']): string =>
  renderRows(
    ['preset', 'sets', 'needs besides', 'notes'],
    Object.entries(presets).map(([name, { values, needs, doc }]) => [
      `\`${name}\``,
      Object.entries(values)
        .map(([variable, value]) => `\`${variable}=${value}\``)
        .join(', '),
      ['KAFKA_BROKERS', ...Object.keys(needs)]
        .filter((variable) => values[variable] === undefined)
        .map((variable) => `\`${variable}\``)
        .join(', '),
      doc,
    ]),
  )

const renderVariables = (variables: ConfigurationParts['variables']): string =>
  renderRows(
    ['variable', 'option', 'default', 'meaning'],
    Object.entries(variables).map(([name, { option, doc, default: value, secret }]) => [
      `\`${name}\``,
      option === undefined ? '' : `\`${option}\``,
      value === undefined ? '' : `\`${value}\``,
      secret ? `${doc} A secret: also \`${name}_FILE\`.` : doc,
    ]),
  )
