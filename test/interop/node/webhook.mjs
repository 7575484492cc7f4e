// A receiver that believes what standardwebhooks verifies. It refuses each message the
// first time, and ends once every wanted event has come again under the same id.
import { given, verified, want, done } from './lib.mjs'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'

const { secret, events } = given
const webhook = new Webhook(secret)
const missing = new Set(events)
const seen = new Map()

function refuses(what, body, headers) {
  try {
    webhook.verify(body, headers)
  } catch (err) {
    if (err instanceof WebhookVerificationError) return
    throw err
  }
  throw new Error(`${what} is verified`)
}

// receive returns the status to answer with.
function receive(headers, body) {
  const { type } = webhook.verify(body, headers)
  const id = headers['webhook-id']
  refuses('another body', Buffer.concat([body, Buffer.from(' ')]), headers)
  refuses('another id', body, { ...headers, 'webhook-id': `${id}x` })
  refuses('another time', body, { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) })
  refuses('an old message', body, { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 600) })
  if (!seen.has(id)) {
    seen.set(id, body.toString())
    return 503
  }
  want('the body of the second try', body.toString(), seen.get(id))
  verified(`the webhook ${type}, and again under the same id`)
  missing.delete(type)
  return 204
}

const server = createServer(async (req, res) => {
  try {
    res.writeHead(receive(req.headers, await buffer(req))).end()
    if (missing.size > 0) return
    server.close()
    server.closeIdleConnections()
    done()
  } catch (err) {
    console.log(err)
    process.exit(1)
  }
})
server.listen(0, '127.0.0.1', () => console.log(`listening http://127.0.0.1:${server.address().port}/`))
