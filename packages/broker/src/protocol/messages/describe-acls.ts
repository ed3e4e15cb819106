// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const describeAclsRequest = message({
  name: 'DescribeAclsRequest',
  apiKey: 29,
  type: 'request',
  validVersions: [1, 1],
  flexibleVersions: 2,
  fields: {
    resourceTypeFilter: { type: 'int8' },
    resourceNameFilter: { type: 'string', nullableVersions: '0+' },
    patternTypeFilter: { type: 'int8', default: 3 },
    principalFilter: { type: 'string', nullableVersions: '0+' },
    hostFilter: { type: 'string', nullableVersions: '0+' },
    operation: { type: 'int8' },
    permissionType: { type: 'int8' },
  },
})

export const describeAclsResponse = message({
  name: 'DescribeAclsResponse',
  apiKey: 29,
  type: 'response',
  validVersions: [1, 1],
  flexibleVersions: 2,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: { type: 'int16' },
    errorMessage: { type: 'string', nullableVersions: '0+' },
    resources: {
      type: '[]struct',
      fields: {
        resourceType: { type: 'int8' },
        resourceName: { type: 'string' },
        patternType: { type: 'int8', default: 3 },
        acls: {
          type: '[]struct',
          fields: {
            principal: { type: 'string' },
            host: { type: 'string' },
            operation: { type: 'int8' },
            permissionType: { type: 'int8' },
          },
        },
      },
    },
  },
})
