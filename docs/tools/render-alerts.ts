import { alertRules } from './alert-rules.ts'
import type { MetricTables } from './metric-tables.ts'

const opening = `# Alert rules for Prometheus. Generated from docs/tools/alert-rules.ts (pnpm run docs); copy them and set limits of your own.
groups:
  - name: millrace
    rules:
`

/** JSON strings are YAML strings. */
export const renderAlerts = (tables: MetricTables): string =>
  opening +
  alertRules(tables)
    .map(({ name, expr, for: duration, severity, summary, description }) =>
      [
        `      - alert: ${name}`,
        `        expr: ${JSON.stringify(expr)}`,
        `        for: ${duration}`,
        '        labels:',
        `          severity: ${severity}`,
        '        annotations:',
        `          summary: ${JSON.stringify(summary)}`,
        `          description: ${JSON.stringify(description)}`,
        '',
      ].join('\n'),
    )
    .join('')
