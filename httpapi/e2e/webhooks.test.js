// The events of a store in the client's handlers. events.jsonl contains the events; fixtures_test.go keeps it up to
// date.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { contacts } from '@wix/crm';

import { guid, here, now, rejected, serve } from './helpers.js';

const { client } = await serve();

const events = readFileSync(path.join(here, 'events.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

// The arguments of the handlers, in order.
const got = [];
const on = (kind) => (event) => got.push({ kind, ...event });
client.contacts.onContactCreated(on('contact created'));
client.contacts.onContactUpdated(on('contact updated'));
client.contacts.onContactDeleted(on('contact deleted'));
client.contacts.onContactMerged(on('contact merged'));
client.labels.onLabelCreated(on('label created'));
client.labels.onLabelUpdated(on('label updated'));
client.labels.onLabelDeleted(on('label deleted'));
client.extendedFields.onExtendedFieldCreated(on('field created'));
client.extendedFields.onExtendedFieldUpdated(on('field updated'));
client.extendedFields.onExtendedFieldDeleted(on('field deleted'));

for (const { eventType, payload } of events) {
  if (eventType === 'wix.contacts.v4.contact_submitted') continue; // an internal event, see below
  await client.webhooks.executeHandlers({ eventType, instanceId: 'e2e-instance', payload: structuredClone(payload) });
}

const target = 'e2e00000-0000-4000-8000-000000000001';
const source = 'e2e00000-0000-4000-8000-000000000004';

test('each event reaches its handler', () => {
  assert.deepEqual(
    got.map(({ kind }) => kind),
    [
      'label created',
      'label updated',
      'field created',
      'field updated',
      'contact created',
      'contact created',
      'contact updated', // with a label
      'contact merged',
      'contact updated',
      'contact deleted', // one merge
      'contact updated', // a submission
      'contact updated',
      'label deleted', // a label that the contact had
      'contact updated',
      'field deleted', // a field that it had a value of
      'contact deleted',
    ],
  );
});

test('metadata', () => {
  const ids = new Set();
  let sequence = 0;
  for (const { kind, metadata } of got) {
    const [entity, slug] = kind.split(' ');
    assert.match(metadata._id, guid);
    ids.add(metadata._id);
    assert.equal(metadata.entityFqdn, `wix.contacts.v4.${entity === 'field' ? 'extended_field' : entity}`);
    assert.equal(metadata.slug, slug);
    assert.deepEqual(metadata.eventTime, now);
    assert.equal(metadata.triggeredByAnonymizeRequest, false);
    assert.equal(metadata.instanceId, 'e2e-instance');
    assert.ok(Number(metadata.entityEventSequence) > sequence);
    sequence = Number(metadata.entityEventSequence);
  }
  assert.equal(ids.size, got.length);
  assert.deepEqual(
    got.filter(({ metadata }) => metadata.originatedFrom === 'merge').map(({ kind }) => kind),
    ['contact updated', 'contact deleted'],
  );
  assert.deepEqual(
    got.map(({ metadata }) => metadata.entityId),
    [
      ...Array(2).fill('custom.guest'),
      ...Array(2).fill('custom.table'),
      target,
      source,
      target,
      target,
      target,
      source,
      target,
      target,
      'custom.guest',
      target,
      'custom.table',
      target,
    ],
  );
});

test('created and updated contacts', () => {
  const [created] = got.filter(({ kind }) => kind === 'contact created');
  const { entity } = created;
  assert.equal(entity._id, target);
  assert.equal(entity.revision, 1);
  assert.deepEqual(entity._createdDate, now);
  assert.deepEqual(entity.lastActivity, {
    activityDate: now,
    activityType: contacts.ContactActivityType.CONTACT_CREATED,
  });
  assert.deepEqual(entity.info.addresses.items[0].address, {
    addressLine1: '3 Park Ave',
    city: 'NY',
    country: 'US',
    formatted: '3 Park Ave\nNY\nUnited States',
  });
  assert.equal(entity.info.picture.image, 'https://example.com/ada.png');
  assert.equal(entity.info.extendedFields.items['custom.table'], 7);
  assert.match(entity.info.emails.items[0]._id, guid);

  const updated = got.filter(({ kind }) => kind === 'contact updated').map((event) => event.entity);
  assert.deepEqual(
    updated.map(({ revision }) => revision),
    [2, 3, 4, 5, 6],
  );
  assert.deepEqual(updated[0].info.labelKeys.items, ['custom.guest']);
  assert.equal(updated[2].primaryInfo.phone, '555-0100');
  assert.equal(updated[3].info.labelKeys, undefined);
  assert.ok(!('custom.table' in updated[4].info.extendedFields.items));
});

test('merged contacts', () => {
  const { data } = got.find(({ kind }) => kind === 'contact merged');
  assert.equal(data.targetContactId, target);
  assert.deepEqual(data.sourceContactIds, [source]);
  assert.equal(data.targetContact._id, target);
  assert.equal(data.targetContact.revision, 3);
  assert.deepEqual(data.targetContact.lastActivity, { activityDate: now, activityType: 'CONTACT_MERGED' });
  assert.equal(data.targetContact.info.addresses.items[0].address.addressLine1, '3 Park Ave');
  assert.deepEqual(
    data.targetContact.info.emails.items.map(({ email }) => email),
    ['ada@example.com', 'ada@example.net'],
  );
});

test('events of deletions have no entity', () => {
  for (const event of got.filter(({ kind }) => kind.endsWith('deleted'))) {
    assert.deepEqual(Object.keys(event), ['kind', 'metadata']);
  }
});

test('labels and extended fields', () => {
  const entities = got.slice(0, 4).map(({ entity }) => entity);
  assert.deepEqual(
    entities.map(({ displayName }) => displayName),
    ['Guest', 'Visitor', 'Table', 'Seat'],
  );
  assert.equal(entities[0].key, 'custom.guest');
  assert.equal(entities[2].dataType, 'NUMBER');
  for (const { _createdDate, _updatedDate } of entities) assert.deepEqual([_createdDate, _updatedDate], [now, now]);
});

test('an event that the client has no handler for', async () => {
  const submitted = events.find(({ eventType }) => eventType === 'wix.contacts.v4.contact_submitted');
  const { passThroughData, contact } = submitted.payload.actionEvent.body;
  assert.deepEqual([passThroughData, contact.id], ['form 7', target]);
  const err = await rejected(client.webhooks.executeHandlers({ ...submitted, instanceId: 'e2e-instance' }));
  assert.match(err.message, /^Unexpected event type: wix\.contacts\.v4\.contact_submitted/);
});
