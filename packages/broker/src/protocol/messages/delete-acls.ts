// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const deleteAclsRequest = message({
  name: 'DeleteAclsRequest',
  apiKey: 31,
  type: 'request',
  validVersions: [1, 1],
  flexibleVersions: 2,
  fields: {
    filters: {
      type: '[]struct',
      fields: {
        resourceTypeFilter: { type: 'int8' },
        resourceNameFilter: { type: 'string', nullableVersions: '0+' },
        patternTypeFilter: { type: 'int8', default: 3 },
        principalFilter: { type: 'string', nullableVersions: '0+' },
        hostFilter: { type: 'string', nullableVersions: '0+' },
        operation: { type: 'int8' },
        permissionType: { type: 'int8' },
      },
    },
  },
})

export const deleteAclsResponse = message({
  name: 'DeleteAclsResponse',
  apiKey: 31,
  type: 'response',
  validVersions: [1, 1],
  flexibleVersions: 2,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    filterResults: {
      type: '[]struct',
      fields: {
        errorCode: { type: 'int16' },
        errorMessage: { type: 'string', nullableVersions: '0+' },
        matchingAcls: {
          type: '[]struct',
          fields: {
            errorCode: { type: 'int16' },
            errorMessage: { type: 'string', nullableVersions: '0+' },
            resourceType: { type: 'int8' },
            resourceName: { type: 'string' },
            patternType: { type: 'int8', default: 3 },
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
