import * as z from 'zod'
import { OrderForm } from './order-form.js'

const json = (schema: object) => ({ content: { 'application/json': { schema } } })
const fault = (description: string) => ({ description, ...json({ $ref: '#/components/schemas/Fault' }) })

const { $schema: _dialect, ...order } = z.toJSONSchema(OrderForm, { io: 'input' })

/** What the API takes and answers, as OpenAPI 3.1: the schema of an order is the one that is checked. Served in development. */
export const openapi = {
  openapi: '3.1.0',
  info: {
    title: 'Orders',
    version: '0.1.0',
    description: 'Puts orders into Kafka. Field names match without regard to case.',
  },
  paths: {
    '/api/orders': {
      post: {
        operationId: 'placeOrder',
        summary: 'Places an order. 202 means that it is stored on all in-sync replicas.',
        requestBody: { required: true, ...json({ $ref: '#/components/schemas/Order' }) },
        responses: {
          '202': { description: 'Stored.', ...json({ $ref: '#/components/schemas/Stored' }) },
          '400': { description: 'Not an order.', ...json({ $ref: '#/components/schemas/Invalid' }) },
          '413': fault('The body is too long.'),
          '415': fault('The body is not JSON.'),
          '500': fault('It could not be stored.'),
          '503': {
            ...fault('Kafka is away: send it again with the same orderId.'),
            headers: { 'retry-after': { description: 'Seconds.', schema: { type: 'integer' } } },
          },
        },
      },
    },
    '/api/orders/ping': {
      get: {
        operationId: 'ping',
        summary: 'Whether the API answers.',
        responses: { '200': { description: 'pong', content: { 'text/plain': { schema: { type: 'string' } } } } },
      },
    },
  },
  components: {
    schemas: {
      Order: order,
      Stored: {
        type: 'object',
        required: ['orderId', 'topic'],
        properties: { orderId: { type: 'string' }, topic: { type: 'string' } },
      },
      Invalid: {
        type: 'object',
        required: ['errors'],
        properties: {
          errors: {
            type: 'array',
            items: {
              type: 'object',
              required: ['field', 'message'],
              properties: { field: { type: 'string' }, message: { type: 'string' } },
            },
          },
        },
      },
      Fault: { type: 'object', required: ['error'], properties: { error: { type: 'string' } } },
    },
  },
} as const
