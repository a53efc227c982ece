// contactsd -strict names the members and parameters of a request that no reader knows.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { invalid, serve, someone } from './helpers.js';

const { client, raw } = await serve();
const unknown = (field) => ({ field, violatedRule: 'CUSTOM', ruleName: 'UNKNOWN' });

test('a misspelled member', async () => {
  await invalid(client.contacts.createContact({ ...someone(), jobtitle: 'Engineer' }), unknown('info.jobtitle'));
  const emails = { items: [{ email: 'ada@example.com' }, { email: 'bob@example.com', main: true }] };
  await invalid(client.contacts.createContact({ emails }), unknown('info.emails.items[1].main'));
  assert.equal((await client.contacts.listContacts()).contacts.length, 0);
});

test('a filter beside the query, which would select every contact', async () => {
  const reply = await raw('POST', '/contacts/v4/contacts/query', { filter: { 'info.company': 'x' }, query: {} });
  assert.equal(reply.status, 400);
  assert.equal(reply.body.details.validationError.fieldViolations[0].field, 'filter');
});

test('a parameter', async () => {
  const reply = await raw('GET', '/contacts/v4/contacts?limit=5&paging.limit=5');
  assert.equal(reply.status, 400);
  assert.deepEqual(
    reply.body.details.validationError.fieldViolations.map(({ field }) => field),
    ['limit'],
  );
});

test('the keys of extended fields are data', async () => {
  const { field } = await client.extendedFields.findOrCreateExtendedField('Shoe size', 'NUMBER');
  await client.contacts.createContact(someone({ extendedFields: { items: { [field.key]: 38 } } }));
});
