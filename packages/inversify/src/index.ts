export { createInversifyInstances } from './create-inversify-instances.js'
export { producerOf } from './producer-of.js'
