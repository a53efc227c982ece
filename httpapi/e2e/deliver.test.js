// contactsd -webhook sends events to a server of this test, where the client's webhooks.process fires the handlers.
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { AppStrategy, createClient } from '@wix/sdk';

import { modules, rejected, serve, someone } from './helpers.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const dir = mkdtempSync(path.join(tmpdir(), 'webhook-'));
const keyFile = path.join(dir, 'key.pem');
writeFileSync(keyFile, privateKey, { mode: 0o600 });
const secret = Buffer.alloc(32, 7);
process.env.CONTACTSD_WEBHOOK_SECRET = `whsec_${secret.toString('base64')}`;

// This is all that an app needs.
const app = createClient({ auth: AppStrategy({ appId: 'e2e-app', publicKey }), modules });

// The arguments of the handlers, in order.
const got = [];
const on = (kind) => (event) => got.push({ kind, ...event });
app.contacts.onContactCreated(on('contact created'));
app.contacts.onContactUpdated(on('contact updated'));
app.contacts.onContactDeleted(on('contact deleted'));
app.contacts.onContactMerged(on('contact merged'));
app.labels.onLabelCreated(on('label created'));
app.labels.onLabelUpdated(on('label updated'));
app.labels.onLabelDeleted(on('label deleted'));
app.extendedFields.onExtendedFieldCreated(on('field created'));
app.extendedFields.onExtendedFieldUpdated(on('field updated'));
app.extendedFields.onExtendedFieldDeleted(on('field deleted'));

const requests = [];
const thrown = []; // messages of errors of the client
let failures = 0;
const receiver = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  requests.push({ body, headers: request.headers });
  if (failures > 0) {
    failures--;
    response.writeHead(500).end();
    return;
  }
  try {
    await app.webhooks.process(body);
    response.end();
  } catch (err) {
    thrown.push(err.message);
    response.writeHead(500).end(err.message);
  }
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
after(() => {
  receiver.closeAllConnections();
  receiver.close();
  rmSync(dir, { recursive: true });
});

const url = `http://127.0.0.1:${receiver.address().port}/webhook`;
const { client, raw } = await serve({
  args: ['-webhook', url, '-webhook-key', keyFile, '-webhook-instance', 'e2e-instance'],
});

// arrives waits for the event of a kind about an entity.
async function arrives(kind, entityId) {
  for (let i = 0; i < 2000; i++) {
    const found = got.find((event) => event.kind === kind && event.metadata.entityId === entityId);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`no event "${kind}" about ${entityId}, but ${got.map((event) => event.kind)}`);
}

test('every handler', async () => {
  const { label } = await client.labels.findOrCreateLabel('Guest');
  await client.labels.renameLabel(label.key, { displayName: 'Visitor' });
  const { field } = await client.extendedFields.findOrCreateExtendedField('Table', 'NUMBER');
  await client.extendedFields.renameExtendedField(field.key, { displayName: 'Seat' });
  const { contact } = await client.contacts.createContact(
    someone({ extendedFields: { items: { [field.key]: 7 } }, name: { first: 'Zoë', last: '"<&>\u2028\\' } }),
  );
  const { contact: source } = await client.contacts.createContact(someone());
  await client.contacts.labelContact(contact._id, [label.key]);
  await client.contacts.mergeContacts(contact._id, 2, { sourceContactIds: [source._id] });
  await client.labels.deleteLabel(label.key);
  await client.extendedFields.deleteExtendedField(field.key);
  await client.contacts.deleteContact(contact._id);

  const created = await arrives('contact created', contact._id);
  assert.deepEqual(created.entity.info.name, { first: 'Zoë', last: '"<&>\u2028\\' });
  assert.equal(created.entity.info.extendedFields.items[field.key], 7);
  assert.equal(created.metadata.instanceId, 'e2e-instance');
  assert.equal((await arrives('label created', label.key)).entity.displayName, 'Guest');
  assert.equal((await arrives('label updated', label.key)).entity.displayName, 'Visitor');
  assert.equal((await arrives('field created', field.key)).entity.displayName, 'Table');
  assert.equal((await arrives('field updated', field.key)).entity.displayName, 'Seat');
  const merged = await arrives('contact merged', contact._id);
  assert.deepEqual(merged.data.sourceContactIds, [source._id]);
  await arrives('contact updated', contact._id);
  await arrives('contact deleted', source._id);
  await arrives('label deleted', label.key);
  await arrives('field deleted', field.key);
  await arrives('contact deleted', contact._id);

  const sequence = got
    .filter(({ metadata }) => metadata.entityId === contact._id)
    .map(({ metadata }) => Number(metadata.entityEventSequence));
  assert.deepEqual(
    sequence,
    sequence.toSorted((a, b) => a - b),
    'in order per contact',
  );
});

test('an event that failed comes again, and the next one of the contact waits', async () => {
  const { contact } = await client.contacts.createContact(someone());
  await arrives('contact created', contact._id);
  failures = 1;
  await client.contacts.updateContact(contact._id, { company: 'Engines' }, 1);
  await client.contacts.deleteContact(contact._id);
  await arrives('contact deleted', contact._id);
  const kinds = got.filter(({ metadata }) => metadata.entityId === contact._id).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['contact created', 'contact updated', 'contact deleted']);
  const { status, body } = await raw('GET', '/webhook');
  assert.equal(status, 200);
  assert.deepEqual(body.deadLetters, []);
});

test('a submission is no event that the client throws for', async () => {
  const { contactId } = await client.submittedContact.appendOrCreateContact({ info: someone() });
  await arrives('contact created', contactId);
  assert.deepEqual(thrown, []);
});

test('the signature of Standard Webhooks', () => {
  for (const { body, headers } of requests) {
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const want = `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`;
    assert.equal(headers['webhook-signature'], want);
    assert.equal(headers['content-type'], 'text/plain');
  }
});

test('another key is refused', async () => {
  const other = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const stranger = createClient({ auth: AppStrategy({ appId: 'a', publicKey: other.publicKey }), modules });
  const err = await rejected(stranger.webhooks.process(requests[0].body));
  assert.match(err.message, /signature/);
});
