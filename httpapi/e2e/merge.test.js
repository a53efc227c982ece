// Merges, their previews, and the IDs of contacts that were merged away.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fails, invalid, now, serve, someone } from './helpers.js';

const { client, sent, raw } = await serve();
const { createContact, getContact, mergeContacts, previewMergeContacts } = client.contacts;

const create = async (info) => (await createContact(info)).contact;

test('mergeContacts: missing values of the target come from the sources', async () => {
  const { label } = await client.labels.findOrCreateLabel('Merged');
  await client.extendedFields.findOrCreateExtendedField('Color', 'TEXT');
  const target = await create(someone({ company: 'Target Ltd' }));
  const one = await create(
    someone({
      company: 'One Ltd',
      jobTitle: 'Baker',
      labelKeys: { items: [label.key] },
      phones: { items: [{ countryCode: 'DK', phone: '62183848' }] },
    }),
  );
  const two = await create(
    someone({
      jobTitle: 'Miller',
      extendedFields: { items: { 'custom.color': 'red' } },
      addresses: { items: [{ address: { addressLine1: '1 Mill Lane', city: 'Ely', country: 'GB' } }] },
    }),
  );

  const { contact: preview } = await previewMergeContacts(target._id, { sourceContactIds: [one._id, two._id] });
  assert.deepEqual(sent.at(-1).body, { targetContactId: target._id, sourceContactIds: [one._id, two._id] });
  assert.equal(preview.revision, 1);
  assert.equal(preview.info.jobTitle, 'Baker');
  assert.equal((await getContact(target._id)).info.jobTitle, undefined);

  const { contact: merged } = await mergeContacts(target._id, 1, { sourceContactIds: [one._id, two._id] });
  assert.deepEqual(sent.at(-1).body, {
    targetContactId: target._id,
    targetContactRevision: 1,
    sourceContactIds: [one._id, two._id],
  });
  assert.equal(merged._id, target._id);
  assert.equal(merged.revision, 2);
  assert.deepEqual(merged.lastActivity, { activityDate: now, activityType: 'CONTACT_MERGED' });
  assert.deepEqual(merged.info.name, target.info.name);
  assert.equal(merged.info.company, 'Target Ltd');
  assert.equal(merged.info.jobTitle, 'Baker');
  assert.deepEqual(
    merged.info.emails.items,
    [target, one, two].map((c, i) => ({ ...c.info.emails.items[0], primary: i === 0 })),
  );
  assert.deepEqual(merged.info.phones, one.info.phones);
  assert.deepEqual(merged.info.addresses, two.info.addresses);
  assert.equal(merged.info.addresses.items[0].address.addressLine1, '1 Mill Lane');
  assert.deepEqual(merged.info.labelKeys.items, ['custom.merged']);
  assert.equal(merged.info.extendedFields.items['custom.color'], 'red');
  assert.deepEqual(preview.info, merged.info);

  // Only get accepts the IDs of the sources.
  for (const { _id } of [one, two]) {
    assert.deepEqual(await getContact(_id), merged);
    assert.deepEqual(await getContact(_id, { fieldsets: ['BASIC'] }), {
      _id: target._id,
      revision: 2,
      primaryInfo: merged.primaryInfo,
      info: { name: merged.info.name },
    });
    await fails(client.contacts.updateContact(_id, { company: 'x' }, 1), 404, 'CONTACT_NOT_FOUND');
    await fails(client.contacts.deleteContact(_id), 404, 'CONTACT_NOT_FOUND');
    await fails(client.contacts.labelContact(_id, [label.key]), 404, 'CONTACT_NOT_FOUND');
    assert.equal((await client.contacts.queryContacts().eq('_id', _id).find()).length, 0);
  }
  const { body } = await raw('GET', `/contacts/v4/contacts/${one._id}`);
  assert.equal(body.responseType, 'MERGED');
  assert.equal(body.contact.id, target._id);
});

test('a chain of merges', async () => {
  const [a, b, c] = [await create(someone()), await create(someone()), await create(someone())];
  await mergeContacts(b._id, 1, { sourceContactIds: [a._id] });
  await mergeContacts(c._id, 1, { sourceContactIds: [b._id] });
  assert.equal((await getContact(a._id))._id, c._id);
  await client.contacts.deleteContact(c._id);
  for (const { _id } of [a, b, c]) await fails(getContact(_id), 404, 'CONTACT_NOT_FOUND');
});

for (const [name, merge, options] of [
  ['mergeContacts', (id, opts) => mergeContacts(id, 1, opts), 'options'],
  ['previewMergeContacts', (id, opts) => previewMergeContacts(id, opts), 'options'],
]) {
  test(`${name}: refusals`, async () => {
    const target = await create(someone());
    const source = await create(someone());
    const unknown = '11111111-2222-4333-8444-555555555555';
    await fails(merge(target._id, { sourceContactIds: [target._id] }), 400, 'ILLEGAL_MERGE');
    await fails(merge(target._id, { sourceContactIds: [source._id, source._id] }), 400, 'ILLEGAL_MERGE');
    await fails(merge(target._id, { sourceContactIds: [source._id, unknown] }), 404, 'CONTACT_NOT_FOUND');
    await fails(merge(unknown, { sourceContactIds: [source._id] }), 404, 'CONTACT_NOT_FOUND');
    await invalid(merge(target._id, { sourceContactIds: [] }), {
      field: `${options}.sourceContactIds`,
      violatedRule: 'MIN_SIZE',
      data: { threshold: 1 },
    });
    await invalid(merge(target._id, { sourceContactIds: Array(6).fill(source._id) }), {
      field: `${options}.sourceContactIds`,
      violatedRule: 'MAX_SIZE',
      data: { threshold: 5 },
    });
    await invalid(merge(target._id, { sourceContactIds: [source._id, 'nobody'] }), {
      field: `${options}.sourceContactIds[1]`,
      violatedRule: 'FORMAT',
      data: { type: 'GUID' },
    });
    // The client leaves out missing arguments.
    const err = await invalid(merge(target._id), {});
    assert.equal(err.details.validationError.fieldViolations[0].field, `${options}.sourceContactIds`);
    assert.equal('sourceContactIds' in sent.at(-1).body, false);
    assert.equal((await getContact(source._id)).revision, 1);
  });
}

test('mergeContacts: too many values for one contact', async () => {
  const many = (from, n) => ({
    items: Array.from({ length: n }, (_, i) => ({ email: `many${from + i}@example.com` })),
  });
  const target = await create({ emails: many(0, 50) });
  const source = await create({ emails: many(50, 1) });
  await fails(mergeContacts(target._id, 1, { sourceContactIds: [source._id] }), 400, 'ILLEGAL_MERGE');
  assert.equal((await getContact(source._id))._id, source._id);
});

test('mergeContacts: revisions', async () => {
  const target = await create(someone());
  const source = await create(someone());
  await fails(mergeContacts(target._id, 2, { sourceContactIds: [source._id] }), 409, 'CONTACT_ALREADY_CHANGED');
  await invalid(mergeContacts(target._id, undefined, { sourceContactIds: [source._id] }), {
    field: 'targetContactRevision',
    violatedRule: 'REQUIRED_FIELD',
  });
});
