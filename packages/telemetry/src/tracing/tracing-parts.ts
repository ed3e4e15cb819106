import type { Tracer } from '@opentelemetry/api'
import type { ErrorType } from '../metrics/error-type.js'
import type { Describe } from './conventions.js'

/** The module is handed around: it is loaded where a SDK is there, and not before. */
export type OpenTelemetryApi = typeof import('@opentelemetry/api')

/** Whose child the span of an attempt is. */
export type TraceMode = 'parent' | 'link'

/** What spans are made with. */
export interface TracingParts {
  readonly api: OpenTelemetryApi
  readonly tracer: Tracer
  readonly describe: Describe
  readonly errorType: ErrorType
  readonly mode: TraceMode
  readonly clientId: string
}
