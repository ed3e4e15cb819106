import { renderRows } from './render-rows.ts'

export interface Variable {
  /** The option in code that it stands above. */
  readonly option: string | undefined
  readonly doc: string
  readonly default?: string
  readonly secret?: true
}

/** The last section of the page of all options. */
export const renderEnvironment = (variables: Readonly<Record<string, Variable>>): string =>
  [
    '## Environment\n',
    'Read once, when a worker, a producer or a topic admin is made. A variable that is set and not empty counts more than the option',
    'in code. A secret may stand in a file instead, such as one that the platform mounts: `<NAME>_FILE` is its path. No secret is ever',
    'printed. What is wrong in them is told all at once (`MILLRACE_CONFIG_INVALID`). Generated from the table in',
    '`packages/millrace/src/environment/variables.ts`.\n',
    renderRows(
      ['variable', 'option in code', 'meaning'],
      Object.entries(variables).map(([name, { option, doc, default: value, secret }]) => [
        `\`${name}\``,
        option === undefined ? '' : `\`${option}\``,
        [
          doc,
          ...(value === undefined ? [] : [`Default: \`${value}\`.`]),
          ...(secret ? [`A secret: also \`${name}_FILE\`.`] : []),
        ].join(' '),
      ]),
    ),
  ].join('\n')
