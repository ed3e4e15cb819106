/** Import directions as lint rules `millrace/<rule>`: they show in the editor beside all others. */
import { relative, sep } from 'node:path'
import { brokenImportRules, type ImportRule } from './import-direction.ts'

type Specifier = { readonly importKind?: string; readonly exportKind?: string }
type ImportNode = Specifier & {
  readonly source?: { readonly value?: unknown } | null
  readonly specifiers?: readonly Specifier[]
}
type Context = {
  readonly cwd: string
  readonly filename: string
  report(problem: { node: ImportNode; message: string }): void
}

const isTypeOnly = (node: ImportNode): boolean => {
  if (node.importKind === 'type' || node.exportKind === 'type') return true
  const { specifiers = [] } = node
  return specifiers.length > 0 && specifiers.every((one) => (one.importKind ?? one.exportKind) === 'type')
}

const ruleOf = (rule: ImportRule) => ({
  meta: { type: 'problem' },
  create(context: Context) {
    const file = relative(context.cwd, context.filename).split(sep).join('/')
    const check = (node: ImportNode): void => {
      const specifier = node.source?.value
      if (typeof specifier !== 'string') return
      for (const broken of brokenImportRules({ file, specifier, typeOnly: isTypeOnly(node) })) {
        if (broken.rule === rule) context.report({ node, message: broken.why })
      }
    }
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: (node: ImportNode) => check({ ...node, importKind: 'type' }),
    }
  },
})

const rules: Record<ImportRule, ReturnType<typeof ruleOf>> = {
  'core-stands-alone': ruleOf('core-stands-alone'),
  'broker-stands-alone': ruleOf('broker-stands-alone'),
  'kafkajs-only-in-its-driver': ruleOf('kafkajs-only-in-its-driver'),
  'adapters-see-core-only': ruleOf('adapters-see-core-only'),
  'users-see-the-facade-only': ruleOf('users-see-the-facade-only'),
  'no-deep-imports': ruleOf('no-deep-imports'),
  'no-test-code-in-production': ruleOf('no-test-code-in-production'),
  'core-folders-flow-one-way': ruleOf('core-folders-flow-one-way'),
}

export default { meta: { name: 'millrace' }, rules }
