import { readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'

/** The release whose message definitions the tables follow. */
export const kafkaVersion = '4.3.1'

/** A field as Kafka's definitions write it. */
export interface KafkaField {
  readonly name: string
  readonly type: string
  readonly versions: string
  readonly nullableVersions?: string
  readonly taggedVersions?: string
  readonly tag?: number
  readonly flexibleVersions?: string
  readonly default?: string | boolean | number
  readonly fields?: readonly KafkaField[]
}

/** A message as Kafka's definitions write it. */
export interface KafkaMessage {
  readonly apiKey?: number
  readonly type: string
  readonly name: string
  readonly validVersions: string
  readonly flexibleVersions: string
  readonly fields: readonly KafkaField[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly KafkaField[] }[]
}

/** Where the jar is: among the jars that the test kit keeps, or in Maven's repository. */
export function findKafkaJar(env: NodeJS.ProcessEnv): { readonly path: string } | { readonly missing: string } {
  const name = `kafka-clients-${kafkaVersion}.jar`
  const cache = env['MILLRACE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'millrace')
  const maven = join(homedir(), '.m2', 'repository', 'org', 'apache', 'kafka', 'kafka-clients', kafkaVersion)
  const kept = namesIn(cache).filter((entry) => entry.startsWith(`jars-${kafkaVersion}-`))
  for (const folder of [...kept.map((entry) => join(cache, entry)), maven]) {
    if (namesIn(folder).includes(name)) return { path: join(folder, name) }
  }
  return { missing: `no ${name} in ${cache} nor in ${maven}` }
}

/** Every message definition in the jar, by name. */
export function readKafkaMessages(jar: string): ReadonlyMap<string, KafkaMessage> {
  const messages = new Map<string, KafkaMessage>()
  for (const [path, text] of readZip(readFileSync(jar), (name) => /^common\/message\/[^/]+\.json$/.test(name))) {
    // Kafka's files are JSON with whole-line comments.
    const parsed = JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, '')) as KafkaMessage
    messages.set(parsed.name ?? path, parsed)
  }
  return messages
}

// An absent folder holds nothing: the caller then says where it looked.
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted()
  } catch {
    return []
  }
}

/** Reads entries by the central directory; enough of the format for jars, which are neither split nor beyond 4 GB. */
function* readZip(zip: Buffer, wanted: (name: string) => boolean): Generator<[name: string, text: string]> {
  const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'))
  if (end < 0) throw new Error('not a zip file')
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = zip.readUInt16LE(at + 28)
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    if (wanted(name)) {
      const local = zip.readUInt32LE(at + 42)
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
      const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20))
      yield [name, (zip.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed)).toString('utf8')]
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
}
