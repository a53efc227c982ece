// The stream of events, GET /events, read with fetch as a browser's EventSource reads it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { serve, someone } from './helpers.js';

const { client, origin } = await serve();

// messages yields the messages of a stream: {id, event, data}.
async function* messages(headers = {}) {
  const stopped = new AbortController();
  const reply = await fetch(`${origin}/events`, { headers, signal: stopped.signal });
  assert.equal(reply.status, 200);
  let text = '';
  try {
    for await (const chunk of reply.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        yield Object.fromEntries(lines.map((line) => /^(\w*): ?(.*)$/s.exec(line).slice(1)));
      }
    }
  } finally {
    stopped.abort();
  }
}

test('a handler of the client reads the stream, and continues after a message', async () => {
  const got = [];
  client.contacts.onContactCreated(({ entity }) => got.push(entity._id));
  const { contact: first } = await client.contacts.createContact(someone());
  const { contact: second } = await client.contacts.createContact(someone());
  let id = '0';
  for (let i = 0; i < 2; i++) {
    for await (const message of messages({ 'last-event-id': id })) {
      ({ id } = message);
      if (message.data === undefined) continue;
      await client.webhooks.executeHandlers({ ...JSON.parse(message.data), instanceId: 'e2e-instance' });
      break;
    }
  }
  assert.deepEqual(got, [first._id, second._id]);
});

test('a stream from another store begins with a reset', async () => {
  const seen = [];
  for await (const message of messages({ 'last-event-id': '1000' })) seen.push(message);
  assert.equal(seen[0].event, 'reset');
  assert.deepEqual(JSON.parse(seen[0].data), { reason: 'UNKNOWN', oldest: '2', newest: '2' });
  assert.equal(seen.length, 1);
});
