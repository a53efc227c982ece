// With a seed and a stopped clock, equal calls get equal replies in every run.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { rejected, serve } from './helpers.js';

async function run() {
  const { client } = await serve();
  const { label } = await client.labels.findOrCreateLabel('Same');
  const { field } = await client.extendedFields.findOrCreateExtendedField('Same', 'TEXT');
  const replies = [label, field];
  for (const first of ['Ada', 'Bob', 'Cid']) {
    const info = { name: { first }, emails: { items: [{ email: `${first}@example.com` }] } };
    replies.push(await client.contacts.createContact({ ...info, labelKeys: { items: [label.key] } }));
    replies.push(await client.submittedContact.appendOrCreateContact({ info: { ...info, company: 'Same Ltd' } }));
  }
  const [ada, bob] = replies.filter(({ contact }) => contact).map(({ contact }) => contact);
  replies.push(await client.contacts.mergeContacts(ada._id, 2, { sourceContactIds: [bob._id] }));
  replies.push(await client.contacts.bulkUpdateContacts({ search: 'Cid', info: { jobTitle: 'Boss' } }));
  replies.push((await client.contacts.queryContacts().find()).items);
  const { status, requestId, details } = await rejected(client.contacts.deleteContact(bob._id));
  replies.push({ status, requestId, details });
  return replies;
}

test('two runs of the program give equal replies', async () => assert.deepEqual(await run(), await run()));
