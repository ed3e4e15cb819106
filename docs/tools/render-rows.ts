/** A Markdown table. */
export function renderRows(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = (column: number): number => Math.max(...[titles, ...rows].map((row) => cell(row, column).length))
  const widths = titles.map((_title, column) => width(column))
  const line = (row: readonly string[]): string =>
    `| ${widths.map((size, column) => cell(row, column).padEnd(size)).join(' | ')} |`
  return [line(titles), line(widths.map((size) => '-'.repeat(size))), ...rows.map(line), ''].join('\n')
}

/** A bar would end the cell. */
const cell = (row: readonly string[], column: number): string => (row[column] ?? '').replaceAll('|', '\\|')
