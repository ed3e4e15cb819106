import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** PEM text. */
export interface KeyAndCertificate {
  readonly key: string
  readonly cert: string
}

export interface CertificateAuthority {
  /** Its own certificate, PEM text. */
  readonly ca: string
  /**
   * A key and a certificate for `altName` (`IP:127.0.0.1`, `DNS:kafka.example`), signed by this authority. `days`: how long it is
   * valid, default 2; -1 is one that has expired.
   */
  issue(name: string, altName: string, options?: { readonly days?: number }): Promise<KeyAndCertificate>
}

/** A certificate authority of two days, made with openssl in `directory`. */
export async function createCertificateAuthority(directory: string, name: string): Promise<CertificateAuthority> {
  const at = (file: string): string => join(directory, `${name}-${file}`)
  const subject = (common: string): string[] => ['-subj', `/CN=${common}`]
  const self = ['req', '-x509', ...EC_KEY, '-days', '2', ...subject(name)]
  await run('openssl', [...self, '-keyout', at('ca.key'), '-out', at('ca.crt')])
  const ca = await readFile(at('ca.crt'), 'utf8')
  return {
    ca,
    async issue(common, altName, { days = 2 } = {}) {
      const [key, request] = [at(`${common}.key`), at(`${common}.csr`)]
      const [extensions, cert] = [at(`${common}.ext`), at(`${common}.crt`)]
      await writeFile(extensions, `subjectAltName=${altName}\n`)
      await run('openssl', ['req', ...EC_KEY, ...subject(common), '-keyout', key, '-out', request])
      // A serial of its own: two may be issued at a time.
      const serial = ['-set_serial', String(1 + Math.floor(Math.random() * 2 ** 40))]
      const signer = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), ...serial, '-days', String(days)]
      await run('openssl', ['x509', '-req', '-in', request, ...signer, '-extfile', extensions, '-out', cert])
      return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
    },
  }
}
