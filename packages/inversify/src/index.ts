export { createInversifyInstances } from './create-inversify-instances.js'
