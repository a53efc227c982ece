// control.js: tests on stores of their own, with a clock, failures, members and statuses.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { ApiKeyStrategy, createClient } from '@wix/sdk';

import { ControlError, startContactsd } from './control.js';
import { fails, modules, program, rejected, someone } from './helpers.js';

const contactsd = await startContactsd({ program: program() });
after(() => contactsd.stop());

const auth = ApiKeyStrategy({ apiKey: 'e2e-key', siteId: 'e2e-site' });
const clientOf = (store) => createClient({ modules, auth, fetch: store.fetch });

test('equal calls on two forks have equal results, in parallel', async () => {
  const run = async () => {
    const client = clientOf(await contactsd.fork());
    const info = { name: { first: 'Ada' }, emails: { items: [{ email: 'ada@example.com' }] } };
    const created = await client.contacts.createContact(info);
    const { requestId } = await rejected(client.contacts.createContact(info));
    return { created, requestId, label: await client.labels.findOrCreateLabel('Same') };
  };
  const [one, ...others] = await Promise.all([run(), run(), run(), run()]);
  for (const other of others) assert.deepEqual(other, one);
  assert.equal((await clientOf(contactsd.main).contacts.listContacts()).contacts.length, 0);
});

test('states', async () => {
  const store = await contactsd.fork({ name: 'states' });
  const client = clientOf(store);
  const count = async () => (await client.contacts.listContacts()).contacts.length;
  await client.contacts.createContact(someone());
  await contactsd.save('one', 'states');
  await client.contacts.createContact(someone());
  await store.advance(1000);
  assert.equal(await count(), 2);
  await store.restore('one');
  assert.equal(await count(), 1);
  assert.equal((await store.now()).toISOString(), '2026-01-01T12:00:00.000Z');
  assert.equal((await (await contactsd.fork({ state: 'one' })).info()).contacts, 1);
  await store.restore();
  assert.equal(await count(), 0);
  await contactsd.forget('one');
  const err = await rejected(store.restore('one'));
  assert.ok(err instanceof ControlError);
  assert.equal(err.code, 'STATE_NOT_FOUND');
  await store.remove();
  assert.equal((await rejected(store.info())).code, 'STORE_NOT_FOUND');
});

test('the clock', async () => {
  const store = await contactsd.fork();
  const client = clientOf(store);
  await store.setClock(new Date('2026-03-01T00:00:00Z'));
  assert.equal((await store.advance('90m')).toISOString(), '2026-03-01T01:30:00.000Z');
  const { contact } = await client.contacts.createContact(someone());
  assert.equal(contact._createdDate.toISOString(), '2026-03-01T01:30:00.000Z');
});

test('a retry after 429', async () => {
  const store = await contactsd.fork();
  const client = createClient({ modules, auth, fetch: store.fetch });
  await store.fail({ on: ['Create'], times: 1, status: 429, retryAfter: '1s' });
  await assert.rejects(client.contacts.createContact({ name: { first: 'Ada' } }), { status: 429 });
  await client.contacts.createContact({ name: { first: 'Ada' } });
  assert.equal((await store.rules())[0].hits, 1);
});

test('a full service, and a retry', async () => {
  const store = await contactsd.fork();
  const client = clientOf(store);
  await store.fail({ on: ['Create'], times: 1, status: 429, retryAfter: '1s' });
  assert.equal((await rejected(client.contacts.createContact(someone()))).status, 429);
  assert.equal((await client.contacts.listContacts()).contacts.length, 0);
  await client.contacts.createContact(someone());
  assert.deepEqual(
    (await store.rules()).map(({ calls, hits }) => [calls, hits]),
    [[2, 1]],
  );
  await store.clearRules();
  assert.deepEqual(await store.rules(), []);
});

test('a lost reply, and a retry that finds what the call has done', async () => {
  const store = await contactsd.fork();
  const client = clientOf(store);
  const info = someone();
  await store.fail({ on: ['Create'], nth: 1, cut: 'reply', after: true });
  await rejected(client.contacts.createContact(structuredClone(info)));
  await fails(client.contacts.createContact(info), 409, 'DUPLICATE_CONTACT_EXISTS');
  const [first, second] = await store.requests();
  assert.deepEqual([first.method, first.reached, first.status], ['Create', true, undefined]);
  assert.equal(second.status, 409);
});

test('another writer is faster', async () => {
  const store = await contactsd.fork();
  const client = clientOf(store);
  const { contact } = await client.contacts.createContact(someone());
  await store.fail({ on: ['Update'], nth: 1, stale: true });
  await fails(
    client.contacts.updateContact(contact._id, { company: 'y' }, contact.revision),
    409,
    'CONTACT_ALREADY_CHANGED',
  );
  await client.contacts.updateContact(contact._id, { company: 'y' }, contact.revision + 1);
});

test('members, statuses and billing', async () => {
  const store = await contactsd.fork();
  const client = clientOf(store);
  const { contact } = await client.contacts.createContact(someone());
  const { email } = contact.primaryInfo;
  await store.setSubscription(contact._id, email, 'SUBSCRIBED');
  await store.setDeliverability(contact._id, email, 'BOUNCED');
  const { primaryEmail } = await client.contacts.getContact(contact._id);
  assert.equal(primaryEmail.subscriptionStatus, 'SUBSCRIBED');
  assert.equal(primaryEmail.deliverabilityStatus, 'BOUNCED');
  await store.setBilling(contact._id, true);
  await fails(client.contacts.deleteContact(contact._id), 428, 'CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION');
  await store.setBilling(contact._id, false);
  await store.setMember(contact._id, { memberId: contact._id, status: 'ACTIVE' });
  await fails(client.contacts.deleteContact(contact._id), 428, 'CANNOT_DELETE_MEMBER');
  await store.setMember(contact._id, null);
  await client.contacts.deleteContact(contact._id);
});

test('mistakes are reported', async () => {
  const err = await rejected(contactsd.main.fail({ on: ['Got'] }));
  assert.equal(err.code, 'INVALID_ARGUMENT');
  assert.match(err.message, /API has no method "Got"/);
  assert.equal((await rejected(contactsd.fork({ nmae: 'x' }))).violations[0].field, 'nmae');
  assert.throws(() => contactsd.main.fetch('https://example.com/contacts/v4/contacts'), /leave this machine/);
  await assert.rejects(startContactsd({ program: program(), args: ['-now', 'today'] }), /-now: must be a time/);
});

test('a token', async () => {
  const other = await startContactsd({ program: program(), token: 'e2e-key' });
  await clientOf(other.main).contacts.createContact(someone());
  assert.equal((await other.main.info()).contacts, 1);
  await other.stop();
});

test('reset', async () => {
  await clientOf(contactsd.main).contacts.createContact(someone());
  const store = await contactsd.fork();
  await contactsd.reset();
  assert.equal((await contactsd.main.info()).contacts, 0);
  assert.equal((await rejected(store.info())).code, 'STORE_NOT_FOUND');
});
