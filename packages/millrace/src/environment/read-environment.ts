import { type Duration, parseDuration, type Problem, workerOptions } from '@millrace/core'
import { logLevels, type LogLevel } from '@millrace/telemetry'
import { isLoopback, readBrokers } from './read-brokers.js'
import { readSecurity, type Security, type SecurityInCode } from './read-security.js'
import { checkPreset } from './check-preset.js'
import { type OpsAdminSettings, readOpsAdmin } from './read-ops-admin.js'
import type { Settings } from './settings.js'
import { environmentVariables } from './variables.js'

export interface Reading<Value> {
  readonly value: Value
  /** What is wrong, all of it. */
  readonly problems: readonly Problem[]
  /** What works and is still not good. */
  readonly warnings: readonly string[]
}

export interface ConnectionSettings extends Security {
  readonly brokers: readonly string[]
  readonly clientId: string
}

export interface OpsSettings {
  readonly port: number
  readonly host: string
  /** Whether somebody asked for this port, so that it matters if it is taken. */
  readonly isAskedFor: boolean
}

export interface ProcessSettings {
  readonly logLevel: LogLevel
  /** Undefined: no ops endpoints. */
  readonly ops: OpsSettings | undefined
  /** Undefined: no admin verbs. */
  readonly admin: OpsAdminSettings | undefined
  /** Undefined: core's default. */
  readonly shutdownTimeout: Duration | undefined
  /** Undefined: members are dynamic. */
  readonly instanceId: string | undefined
  /** Undefined: core's default. The option stands above it. */
  readonly transactionalInstance: string | undefined
}

const defaultOpsPort = Number(environmentVariables.OPS_PORT.default)
const defaultOpsHost = environmentVariables.OPS_HOST.default

/** Where the brokers are and how to speak to them. Pure: no PEM file is read. */
export function readConnection(settings: Settings, inCode: SecurityInCode = {}): Reading<ConnectionSettings> {
  const { brokers, problems } = readBrokers(settings)
  const { security, problems: insecure } = readSecurity(settings, inCode)
  const clientId = settings('KAFKA_CLIENT_ID')?.text.trim() ?? environmentVariables.KAFKA_CLIENT_ID.default
  const isReadable = security.tls === undefined && security.sasl?.mechanism === 'plain'
  const farAway = brokers.filter((broker) => !isLoopback(broker))
  const warnings =
    // An address that is none may hold a password.
    isReadable && farAway.length > 0 && problems.length === 0
      ? [
          `KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT with mechanism plain: the password goes to ${farAway.join(', ')} unencrypted; use SASL_SSL or SCRAM`,
        ]
      : []
  warnings.push(...plainTokenEndpoint(security))
  const preset = checkPreset(settings, { isPlain: security.tls === undefined && insecure.length === 0 })
  // The preset knows better what is missing.
  const told = new Set(preset.problems.map(({ where }) => where))
  return {
    value: { brokers, clientId, ...security },
    problems: [...preset.problems, ...[...problems, ...insecure].filter(({ where }) => !told.has(where))],
    warnings: [...warnings, ...preset.warnings],
  }
}

function plainTokenEndpoint({ sasl }: Security): string[] {
  const url = sasl?.mechanism === 'oauthbearer' ? URL.parse(sasl.oauth?.tokenUrl ?? '') : null
  if (url === null || url.protocol !== 'http:' || isLoopback(`${url.hostname}:80`)) return []
  return [`KAFKA_SASL_OAUTH_TOKEN_URL is http: the client secret goes to ${url.host} unencrypted; use https`]
}

/** What concerns the process itself: logs, ops endpoints, shutdown. Pure. */
export function readProcess(settings: Settings): Reading<ProcessSettings> {
  const problems: Problem[] = []
  const value = {
    logLevel: readLogLevel(settings, problems),
    ops: readOps(settings, problems),
    admin: readOpsAdmin(settings, problems),
    shutdownTimeout: readShutdownTimeout(settings, problems),
    instanceId: readName('KAFKA_GROUP_INSTANCE_ID', settings, problems),
    transactionalInstance: readName('KAFKA_INSTANCE_ID', settings, problems),
  }
  return { value, problems, warnings: [] }
}

function readLogLevel(settings: Settings, problems: Problem[]): LogLevel {
  const given = settings('LOG_LEVEL')
  if (given === undefined) return 'info'
  const level = logLevels.find((known) => known === given.text.trim().toLowerCase())
  if (level !== undefined) return level
  const problem = `${JSON.stringify(given.text)} is not a level`
  problems.push({ where: given.where, problem, fix: `use one of ${logLevels.join(', ')}` })
  return 'info'
}

function readOps(settings: Settings, problems: Problem[]): OpsSettings | undefined {
  const given = settings('OPS_PORT')
  const host = settings('OPS_HOST')?.text.trim() ?? defaultOpsHost
  if (given === undefined) return { port: defaultOpsPort, host, isAskedFor: false }
  const text = given.text.trim().toLowerCase()
  if (text === 'off') return undefined
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return { port, host, isAskedFor: true }
  const problem = `${JSON.stringify(given.text)} is not a port`
  problems.push({ where: given.where, problem, fix: 'use a number from 0 (any free port) to 65535, or off' })
  return undefined
}

function readShutdownTimeout(settings: Settings, problems: Problem[]): Duration | undefined {
  const given = settings('SHUTDOWN_TIMEOUT')
  if (given === undefined) return undefined
  const text = given.text.trim()
  const parsed = workerOptions.shutdownTimeout.kind.parse(text)
  if (parsed.kind === 'ok' && isDuration(text)) return text
  const { problem, fix } =
    parsed.kind === 'wrong' ? parsed : { problem: `${text} is not a duration`, fix: "write '25s'" }
  problems.push({ where: given.where, problem, fix })
  return undefined
}

function readName(
  variable: 'KAFKA_GROUP_INSTANCE_ID' | 'KAFKA_INSTANCE_ID',
  settings: Settings,
  problems: Problem[],
): string | undefined {
  const given = settings(variable)
  if (given === undefined) return undefined
  const parsed = workerOptions.instanceId.kind.parse(given.text.trim())
  if (parsed.kind === 'ok') return parsed.value
  problems.push({ where: given.where, problem: parsed.problem, fix: parsed.fix })
  return undefined
}

const isDuration = (text: string): text is Duration => parseDuration(text) !== undefined
