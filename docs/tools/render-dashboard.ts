import { dashboardRows, type Panel } from './dashboard-panels.ts'
import type { MetricTables } from './metric-tables.ts'

const columns = 24
const width = 8
const height = 8

const datasource = { type: 'prometheus', uid: '${datasource}' }

/** The Grafana dashboard, as it is imported. */
export function renderDashboard(tables: MetricTables): string {
  let y = 0
  let id = 0
  const panels = dashboardRows(tables).flatMap((row) => {
    const head = {
      ...{ id: (id += 1), type: 'row', title: row.title, collapsed: false, panels: [] },
      gridPos: { h: 1, w: columns, x: 0, y },
    }
    y += 1
    const perLine = columns / width
    const below = row.panels.map((panel, at) => {
      const gridPos = { h: height, w: width, x: (at % perLine) * width, y: y + Math.floor(at / perLine) * height }
      return timeSeries(panel, (id += 1), gridPos)
    })
    y += Math.ceil(row.panels.length / perLine) * height
    return [head, ...below]
  })
  return `${JSON.stringify({ ...frame(tables), panels }, undefined, 2)}\n`
}

const timeSeries = ({ title, description, unit, targets }: Panel, id: number, gridPos: object) => ({
  ...{ id, type: 'timeseries', title, description, datasource, gridPos },
  fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 10, showPoints: 'never' } }, overrides: [] },
  options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  targets: targets.map(({ expr, legend }, at) => ({
    ...{ refId: String.fromCharCode(65 + at), datasource, expr, legendFormat: legend },
  })),
})

const frame = ({ counters }: MetricTables) => ({
  ...{ uid: 'millrace', title: 'millrace workers', tags: ['millrace', 'kafka'], schemaVersion: 39, version: 1 },
  ...{ editable: true, refresh: '30s', time: { from: 'now-1h', to: 'now' }, timezone: 'browser' },
  templating: {
    list: [
      { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
      {
        ...{ name: 'group', label: 'Consumer group', type: 'query', datasource, refresh: 2 },
        ...{ includeAll: true, multi: true, allValue: '.*', current: { text: 'All', value: '$__all' } },
        query: { query: `label_values(${counters.received.name}, group)`, refId: 'group' },
      },
    ],
  },
})
