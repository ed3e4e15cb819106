// Writes docs/broker.md, docs/configuration.md, docs/engine.md, docs/errors.md, docs/metrics.md and docs/options.md from the built packages: `pnpm run docs`.
import { readFileSync, writeFileSync } from 'node:fs'
import { apis } from '../../packages/broker/dist/protocol/index.js'
import * as core from '../../packages/core/dist/index.js'
import { guards } from '../../packages/kafkajs/dist/guards/guards.js'
import * as millrace from '../../packages/millrace/dist/index.js'
import * as telemetry from '../../packages/telemetry/dist/index.js'
import { errorSamples } from './error-samples.ts'
import { readBroker } from './read-broker.ts'
import { readEngine } from './read-engine.ts'
import { renderAlerts } from './render-alerts.ts'
import { renderBrokerPage } from './render-broker.ts'
import { renderConfigurationPage } from './render-configuration.ts'
import { renderDashboard } from './render-dashboard.ts'
import { renderEnginePage } from './render-engine.ts'
import { renderErrorsPage } from './render-errors.ts'
import { renderMetricsPage } from './render-metrics.ts'
import { renderOptionsPage } from './render-options.ts'

const pages = {
  'broker.md': renderBrokerPage({ ...(await readBroker()), apis }),
  'errors.md': renderErrorsPage(core.errorCatalogue, errorSamples),
  'options.md': renderOptionsPage({
    worker: core.workerOptions,
    consumer: core.consumerOptions,
    handler: { ...core.handlerOptions, ...core.policyOptions },
    transform: core.transformOptions,
    brake: core.brakeOptions,
    exponential: core.retryOptions,
    fixed: core.fixedRetryOptions,
    customRetry: core.customRetryOptions,
    producer: core.producerOptions,
    transactionalProducer: core.transactionalProducerOptions,
  }),
  'metrics.md': renderMetricsPage(
    telemetry.counterDefinitions,
    telemetry.gaugeDefinitions,
    telemetry.histogramDefinitions,
  ),
  'configuration.md': renderConfigurationPage({
    template: readFileSync(new URL('configuration.template.md', import.meta.url), 'utf8'),
    presets: millrace.presets,
    variables: millrace.environmentVariables,
  }),
  'engine.md': renderEnginePage({ ...readEngine(), guards }),
}

for (const [name, text] of Object.entries(pages)) writeFileSync(new URL(`../${name}`, import.meta.url), text)

const metrics = {
  counters: telemetry.counterDefinitions,
  gauges: telemetry.gaugeDefinitions,
  histograms: telemetry.histogramDefinitions,
}
const infra = {
  'grafana/millrace-dashboard.json': renderDashboard(metrics),
  'prometheus/alerts.yaml': renderAlerts(metrics),
}
for (const [name, text] of Object.entries(infra)) writeFileSync(new URL(`../../infra/${name}`, import.meta.url), text)
