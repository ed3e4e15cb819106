import type { ErrorEntry } from '../../packages/core/src/error-entry.js'

const opening = `# Errors

Every error that millrace raises itself has a \`code\`, says what happened, why, and what to do (\`message\`, \`why\`, \`todo\`),
and keeps its \`cause\`. Match on \`code\`; messages may change. \`retriable\` says whether trying the same thing again can help.

This page is generated from the catalogue in \`packages/core/src/errors.ts\` (\`pnpm run docs\`), and a test compares the two.
`

/** The page of all codes. Each message is shown with sample facts. */
export function renderErrorsPage(
  catalogue: Readonly<Record<string, ErrorEntry<never>>>,
  samples: Readonly<Record<string, unknown>>,
): string {
  const sections = Object.entries(catalogue).map(([code, { what, why, todo, retriable }]) => {
    const message = what(samples[code] as never) // the table of samples is typed by code
    const again = retriable ? 'can help' : 'does not help'
    return [
      `## ${code}\n`,
      '```text',
      message,
      '```\n',
      `- **Why:** ${why}`,
      `- **What to do:** ${todo}`,
      `- **Trying again** ${again} (\`retriable: ${retriable}\`).\n`,
    ].join('\n')
  })
  return [opening, ...sections].join('\n')
}
