import { type Problem, resolveOptions, silentLogger, workerOptions, type WorkerOptionsInput } from '@millrace/core'
import { openConnection } from '../environment/open-connection.js'
import { brokersSaid } from '../environment/read-brokers.js'
import { readProcess } from '../environment/read-environment.js'
import { protocolSaid } from '../environment/read-security.js'
import {
  createSettings,
  type Origin,
  type ProcessOptions,
  type Settings,
  valuesOfKafka,
  valuesOfProcess,
} from '../environment/settings.js'
import { type Env, type VariableName, variableNames, variableOf } from '../environment/variables.js'
import type { KafkaOptions } from '../kafka-options.js'
import { mask } from './mask.js'
import { type Outside, readOutside } from './read-outside.js'

/** What code says, as it is given to `createWorker`; left out, only environment and config file are described. */
export interface DescribeOptions extends WorkerOptionsInput, ProcessOptions {
  readonly kafka?: KafkaOptions
  readonly env?: Env
  /** Where a config file is looked for. Default: the working folder. */
  readonly folder?: string
}

export interface DescribedSetting {
  /** The option in code and the key in the config file; the variable, where it has neither. */
  readonly name: string
  /** The variable that stands above both. */
  readonly variable: VariableName | undefined
  /** As text, secrets masked. Undefined: nobody says anything, and there is no default. */
  readonly value: string | undefined
  readonly origin: Origin | 'default'
  /** The variable, the place in the config file, the option or the preset that says it. */
  readonly source: string
}

export interface ConfigurationDescription {
  readonly settings: readonly DescribedSetting[]
  /** With any of these a worker refuses to start, all of them at once. */
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

/** Every setting with its value and where that comes from. Reads files, connects to nothing, and never holds a secret. */
export function describeConfiguration(options: DescribeOptions = {}): ConfigurationDescription {
  const { kafka = {}, logLevel, ops, env = process.env, folder, ...plain } = options
  const outside = readOutside(env, folder)
  const code = {
    ...valuesOfKafka(kafka),
    ...valuesOfProcess({ logLevel, ops }),
    SHUTDOWN_TIMEOUT: plain.shutdownTimeout,
    KAFKA_GROUP_INSTANCE_ID: plain.instanceId,
  }
  const settings = createSettings(outside.said, code)
  const connection = openConnection(outside.said, kafka, silentLogger)
  const { shutdownTimeout: _one, instanceId: _other, ...inCode } = plain
  const resolved = resolveOptions(workerOptions, inCode, 'option')
  return {
    settings: [...describeVariables(settings), ...describeOptions(outside, inCode, settings)],
    problems: [...outside.problems, ...connection.problems, ...readProcess(settings).problems, ...resolved.problems],
    warnings: [...outside.warnings, ...connection.warnings],
  }
}

const noDefault = { value: undefined, origin: 'default', source: '' } as const

function describeVariables(settings: Settings): readonly DescribedSetting[] {
  return variableNames.flatMap((variable): readonly DescribedSetting[] => {
    const { option, default: value } = variableOf(variable)
    const said = effective(variable, settings)
    const name = option ?? variable
    if (said !== undefined) {
      const { text, origin, where } = said
      return [{ name, variable, value: mask(variable, text), origin, source: where }]
    }
    // Other names of something that has a row of its own.
    if (option === undefined) return []
    return [{ name, variable, ...noDefault, value }]
  })
}

/** What counts where two variables say the same thing. */
function effective(variable: VariableName, settings: Settings): ReturnType<Settings> {
  if (variable === 'KAFKA_INSTANCE_ID') return undefined
  if (variable === 'KAFKA_BROKERS') return brokersSaid(settings)
  return variable === 'KAFKA_SECURITY_PROTOCOL' ? protocolSaid(settings, []) : settings(variable)
}

function describeOptions(
  { options, places }: Outside,
  code: Readonly<Record<string, unknown>>,
  settings: Settings,
): readonly DescribedSetting[] {
  const inFile: Readonly<Record<string, unknown>> = { ...options }
  const told = new Set(variableNames.map((name) => variableOf(name).option))
  return Object.entries(workerOptions)
    .filter(([name]) => !told.has(name))
    .map(([name, row]): DescribedSetting => {
      const place = places.get(name)
      if (place !== undefined) {
        return { name, variable: undefined, value: textOf(inFile[name]), origin: 'file', source: place }
      }
      if (code[name] !== undefined) {
        return { name, variable: undefined, value: textOf(code[name]), origin: 'code', source: `option ${name}` }
      }
      const said = name === 'transactionalInstance' ? settings('KAFKA_INSTANCE_ID') : undefined
      if (said !== undefined) {
        return { name, variable: 'KAFKA_INSTANCE_ID', value: said.text, origin: said.origin, source: said.where }
      }
      return { name, variable: undefined, ...noDefault, value: textOf(row.default) }
    })
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a value of type ${typeof value}`
}
