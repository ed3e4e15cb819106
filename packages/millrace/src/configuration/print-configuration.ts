import type { ConfigurationDescription, DescribedSetting } from './describe-configuration.js'

const longest = 60

/** The description as a table, with problems and warnings below it. Holds no secret: `describeConfiguration` has masked them. */
export function printConfiguration({ settings, problems, warnings }: ConfigurationDescription): string {
  const rows = [['setting', 'value', 'source'], ...settings.map(rowOf)]
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  const [first, second] = [width(0), width(1)]
  return [
    ...rows.map(([name = '', value = '', source = '']) =>
      `${name.padEnd(first)}  ${value.padEnd(second)}  ${source}`.trimEnd(),
    ),
    ...problems.flatMap(({ where, problem, fix }) => ['', `problem: ${where}: ${problem}`, `    fix: ${fix}`]),
    ...warnings.flatMap((warning) => ['', `warning: ${warning}`]),
    '',
  ].join('\n')
}

const rowOf = ({ name, value, origin, source }: DescribedSetting): readonly string[] => {
  if (value === undefined) return [name, '', 'not set']
  return [name, shown(value), origin === 'default' ? 'default' : source]
}

/** One line, whatever somebody has pasted there. */
function shown(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  const line = value.replace(/[\u0000-\u001f\u007f]/g, ' ')
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line
}
