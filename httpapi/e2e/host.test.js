// The client with another host than that of the service: it uses other paths there.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fails, serve, someone } from './helpers.js';

const { client, sent, raw } = await serve({ host: true });

test('all modules below the other prefix', async () => {
  const { label } = await client.labels.findOrCreateLabel('Elsewhere');
  const { field } = await client.extendedFields.findOrCreateExtendedField('Elsewhere', 'TEXT');
  const { contact } = await client.contacts.createContact(
    someone({ labelKeys: { items: [label.key] }, extendedFields: { items: { [field.key]: 'x' } } }),
  );
  assert.deepEqual(await client.contacts.getContact(contact._id), contact);
  assert.equal((await client.contacts.updateContact(contact._id, { company: 'y' }, 1)).contact.revision, 2);
  assert.deepEqual((await client.contacts.queryContacts().hasSome('info.labelKeys', label.key).find()).items.length, 1);
  assert.equal((await client.contacts.listContacts()).contacts.length, 1);
  assert.equal((await client.contacts.unlabelContact(contact._id, [label.key])).contact.revision, 3);
  const reply = await client.submittedContact.appendOrCreateContact({ info: someone() });
  const { contact: merged } = await client.contacts.mergeContacts(contact._id, 3, {
    sourceContactIds: [reply.contactId],
  });
  assert.equal(merged.info.emails.items.length, 2);
  const { jobId } = await client.contacts.bulkDeleteContacts({ search: merged.primaryInfo.email });
  assert.equal((await raw('GET', `/_api/contacts/v4/bulk/jobs/${jobId}`)).body.job.successTotal, 1);
  await fails(client.contacts.getContact(contact._id), 404, 'CONTACT_NOT_FOUND');
  await client.labels.deleteLabel(label.key);
  await client.extendedFields.deleteExtendedField(field.key);
  for (const { url } of sent) assert.match(url, /^\/_api\/contacts\/v4\//);
});
