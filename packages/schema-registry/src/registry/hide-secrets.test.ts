import { expect, it } from 'vitest'
import { basicSecrets, createHideSecrets } from './hide-secrets.js'

it('cuts a password out, however it was sent', () => {
  const hide = createHideSecrets(basicSecrets('app', 's3 cret/'))
  const header = Buffer.from('app:s3 cret/').toString('base64')
  expect(hide(`you sent "Basic ${header}", s3 cret/ or s3%20cret%2F`)).toBe('you sent "Basic ***", *** or ***')
})

it('leaves everything else as it is', () => {
  expect(createHideSecrets([''])('no secret here')).toBe('no secret here')
})
