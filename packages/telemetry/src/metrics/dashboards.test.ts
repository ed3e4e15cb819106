import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
// The renderers are tooling beside the packages; only this test of what they write reaches for them.
// oxlint-disable-next-line millrace/no-deep-imports
import { renderAlerts } from '../../../../docs/tools/render-alerts.js'
// oxlint-disable-next-line millrace/no-deep-imports
import { renderDashboard } from '../../../../docs/tools/render-dashboard.js'
import { groupSnapshot, handlerTotals, scriptedWorker } from '../test-support/scripted-worker.js'
import { createMetrics } from './create-metrics.js'
import {
  counterDefinitions as counters,
  gaugeDefinitions as gauges,
  histogramDefinitions as histograms,
} from './metric-definitions.js'

const tables = { counters, gauges, histograms }
const fileOf = (path: string): string => readFileSync(new URL(`../../../../infra/${path}`, import.meta.url), 'utf8')

/** Every string under this key, however deep. */
const allUnder = (key: string, value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, part]) =>
        name === key && typeof part === 'string' ? [part] : allUnder(key, part),
      )

const dashboard: unknown = JSON.parse(fileOf('grafana/millrace-dashboard.json'))
const alerts: unknown = parse(fileOf('prometheus/alerts.yaml'))
const definitions = [...Object.values(counters), ...Object.values(gauges), ...Object.values(histograms)]
const isHistogram = (name: string): boolean => Object.values(histograms).some((row) => row.name === name)
const expressions = [...allUnder('expr', dashboard), ...allUnder('expr', alerts), ...allUnder('query', dashboard)]

/** `name{label="value"}` of an expression. */
function selectorsOf(expression: string) {
  return [...expression.matchAll(/\b(millrace_\w+)(?:\{([^}]*)\})?/g)].map(([, written = '', matchers = '']) => {
    const plain = written.replace(/_(bucket|sum|count)$/, '')
    return { name: isHistogram(plain) ? plain : written, matchers: [...matchers.matchAll(/(\w+)=~?"([^"]*)"/g)] }
  })
}

it.each([
  ['grafana/millrace-dashboard.json', renderDashboard(tables)],
  ['prometheus/alerts.yaml', renderAlerts(tables)],
])('infra/%s says what the tables say', (path, rendered) => {
  expect(fileOf(path), 'run: pnpm run docs').toBe(rendered)
})

describe('dashboard and alerts', () => {
  it.each(expressions)('use metrics and labels that exist: %s', (expression) => {
    const selectors = selectorsOf(expression)
    if (expression !== 'prometheus') expect(selectors).not.toEqual([])
    for (const { name, matchers } of selectors) {
      const found = definitions.find((definition) => definition.name === name)
      expect(found?.name, name).toBe(name)
      for (const [, label] of matchers) expect(found?.labels).toContain(label)
    }
    expect(expression.split(')')).toHaveLength(expression.split('(').length)
  })

  it('show every metric', () => {
    const shown = new Set(
      allUnder('expr', dashboard)
        .flatMap(selectorsOf)
        .map(({ name }) => name),
    )
    expect(definitions.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([])
  })

  it('ask for values of labels that a worker has from its start', async () => {
    const metrics = await createMetrics()
    metrics.observe(scriptedWorker({ handlers: [handlerTotals()], groups: [groupSnapshot()] }))
    const text = await metrics.text()
    metrics.close()
    const asked = allUnder('expr', alerts).flatMap(selectorsOf)
    for (const { name, matchers } of asked) {
      const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`))
      for (const [, label, value] of matchers)
        expect(
          lines.some((line) => line.includes(`${label}="${value}"`)),
          `${name} ${label}="${value}"`,
        ).toBe(true)
    }
  })
})

describe('the alert rules', () => {
  it('have the shape that Prometheus reads', () => {
    const rule = {
      alert: expect.stringMatching(/^Millrace[A-Z]\w+$/),
      expr: expect.any(String),
      for: expect.stringMatching(/^\d+[smh]$/),
      labels: { severity: expect.stringMatching(/^(critical|warning)$/) },
      annotations: { summary: expect.any(String), description: expect.any(String) },
    }
    const names = allUnder('alert', alerts)
    expect(alerts).toEqual({ groups: [{ name: 'millrace', rules: names.map(() => rule) }] })
    expect(new Set(names).size).toBe(names.length)
  })

  it('name in their texts only labels that their expression keeps', () => {
    for (const { expr, annotations } of rulesOf(alerts)) {
      const used = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label)
      const by = /sum by \(([\w, ]+)\)/.exec(expr)?.[1]?.split(', ')
      const [first] = selectorsOf(expr)
      const kept = by ?? definitions.find(({ name }) => name === first?.name)?.labels ?? []
      for (const label of used) expect(['instance', ...kept]).toContain(label)
    }
  })
})

it('the panels of the dashboard do not cover each other and stay in its 24 columns', () => {
  const places = panelsOf(dashboard)
  const taken = new Set<string>()
  for (const { x, y, w, h } of places) {
    expect(x + w).toBeLessThanOrEqual(24)
    for (let column = x; column < x + w; column += 1)
      for (let line = y; line < y + h; line += 1) {
        expect(taken.has(`${column}/${line}`)).toBe(false)
        taken.add(`${column}/${line}`)
      }
  }
  expect(places.length).toBeGreaterThan(30)
})

interface Rule {
  readonly expr: string
  readonly annotations: object
}
const rulesOf = (parsed: unknown): readonly Rule[] =>
  (parsed as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap(({ rules }) => rules)

interface Place {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}
const panelsOf = (parsed: unknown): readonly Place[] =>
  (parsed as { readonly panels: readonly { readonly gridPos: Place }[] }).panels.map(({ gridPos }) => gridPos)
