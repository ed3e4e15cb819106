import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

export interface Authority {
  readonly ca: string
  /** A key and a certificate for `altName` (`IP:127.0.0.1`, `DNS:kafka.example`), signed by this authority. */
  issue(name: string, altName: string): Promise<{ readonly key: string; readonly cert: string }>
}

/** A certificate authority of two days, made with openssl in `directory`. */
export async function createAuthority(directory: string, name: string): Promise<Authority> {
  const at = (file: string): string => join(directory, `${name}-${file}`)
  const subject = (common: string): string[] => ['-subj', `/CN=${common}`]
  const self = ['req', '-x509', ...EC_KEY, '-days', '2', ...subject(name)]
  await run('openssl', [...self, '-keyout', at('ca.key'), '-out', at('ca.crt')])
  const ca = await readFile(at('ca.crt'), 'utf8')
  return {
    ca,
    async issue(common, altName) {
      const [key, request] = [at(`${common}.key`), at(`${common}.csr`)]
      const [extensions, cert] = [at(`${common}.ext`), at(`${common}.crt`)]
      await writeFile(extensions, `subjectAltName=${altName}\n`)
      await run('openssl', ['req', ...EC_KEY, ...subject(common), '-keyout', key, '-out', request])
      const signer = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2']
      await run('openssl', ['x509', '-req', '-in', request, ...signer, '-extfile', extensions, '-out', cert])
      return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
    },
  }
}
