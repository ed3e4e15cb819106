import type { ShippedGuard } from '../../packages/kafkajs/src/guards/guard.js'
import type { Defect } from './defects.ts'
import type { DefectTests } from './find-defect-tests.ts'

export interface EngineParts {
  /** The words of the page, with a line `<!-- guards -->` and `<!-- defects -->` each. */
  readonly template: string
  readonly guards: readonly Pick<ShippedGuard, 'name' | 'why' | 'neverLeftOut'>[]
  readonly defects: readonly Defect[]
  readonly tests: readonly DefectTests[]
}

/** The page about kafkajs: what it does, what we changed, and the evidence. */
export function renderEnginePage({ template, guards, defects, tests }: EngineParts): string {
  return template
    .replace('<!-- guards -->', () => guards.map(renderGuard).join('\n'))
    .replace('<!-- defects -->', () => renderDefects(defects, tests))
}

function renderGuard({ name, why, neverLeftOut }: EngineParts['guards'][number]): string {
  const never = neverLeftOut === undefined ? '' : ` No test leaves it out: ${neverLeftOut}.`
  return `- **\`${name}\`** ${why}${never}`
}

const renderDefects = (defects: readonly Defect[], tests: readonly DefectTests[]): string =>
  [
    '| | defect | held by | tests |',
    '| --- | --- | --- | --- |',
    ...defects.map(({ k, symptom, heldBy, noRed }) => {
      const cells = tests.filter((found) => found.k === k).map(renderTests)
      if (noRed !== undefined) cells.push(`no red test: ${noRed}`)
      return `| K${k} | ${cell(symptom)} | ${cell(heldBy)} | ${cell(cells.join('<br>'))} |`
    }),
  ].join('\n')

/** One file: its name is its link. */
function renderTests({ file, red, green }: DefectTests): string {
  const name = file.split('/').at(-1) ?? file
  const titles = [...red.map((title) => `red ${title}`), ...green.map((title) => `green: ${title}`)]
  return [`[${name}](../${file})`, ...titles].join('<br>')
}

/** A bar would end the cell, and angle brackets would be read as HTML. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/<(?!br>)/g, '&lt;')
