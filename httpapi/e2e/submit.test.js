// Submissions of forms: they create a contact, or find one and fill it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { submittedContact } from '@wix/crm';

import { fails, guid, invalid, serve, someone } from './helpers.js';

const { client, sent } = await serve({ load: 'member.jsonl' });
const { appendOrCreateContact } = client.submittedContact;
const { createContact, getContact, queryContacts } = client.contacts;
const { IdentityType } = submittedContact;

test('appendOrCreateContact: a new person', async () => {
  const info = someone({
    phones: { items: [{ countryCode: 'US', phone: '(646) 567-6359' }] },
    addresses: { items: [{ address: { addressLine1: '1 Form St', location: { latitude: 1.5, longitude: 2 } } }] },
    picture: { image: 'https://example.com/form.png' },
  });
  const reply = await appendOrCreateContact({ info: structuredClone(info), passThroughData: 'form 1' });
  assert.equal(sent.at(-1).url, '/contacts/v4/contact-submit');
  assert.equal(sent.at(-1).body.passThroughData, 'form 1');
  assert.equal(sent.at(-1).body.info.addresses.items[0].address.addressLine, '1 Form St');
  assert.match(reply.contactId, guid);
  assert.deepEqual(reply, { contactId: reply.contactId, identityType: IdentityType.CONTACT, newContact: true });
  const contact = await getContact(reply.contactId);
  assert.equal(contact.revision, 1);
  assert.deepEqual(contact.info.name, info.name);
  assert.equal(contact.info.picture.image, 'https://example.com/form.png');
  assert.deepEqual(contact.info.addresses.items[0].address.location, { latitude: 1.5, longitude: 2 });
});

test('appendOrCreateContact: a known person', async () => {
  const { contact } = await createContact(someone({ company: 'Known Ltd' }));
  const { email } = contact.info.emails.items[0];
  const reply = await appendOrCreateContact({
    info: {
      company: 'Other Ltd',
      jobTitle: 'Guest',
      emails: { items: [{ email: email.toUpperCase() }, { email: `more.${email}` }] },
    },
  });
  assert.deepEqual(reply, { contactId: contact._id, identityType: 'CONTACT', newContact: false });
  const after = await getContact(contact._id);
  assert.equal(after.revision, 2);
  assert.equal(after.info.company, 'Known Ltd');
  assert.equal(after.info.jobTitle, 'Guest');
  assert.deepEqual(
    after.info.emails.items.map((e) => e.email),
    [email, `more.${email}`],
  );
  assert.deepEqual(after.info.name, contact.info.name);

  // No new information, no new revision.
  await appendOrCreateContact({ info: { emails: { items: [{ email }] } }, passThroughData: 'x'.repeat(300) });
  assert.equal((await getContact(contact._id)).revision, 2);
});

test('appendOrCreateContact: found by phone', async () => {
  const { contact } = await createContact({
    name: { first: 'Phil' },
    phones: { items: [{ countryCode: 'DK', phone: '62183848' }] },
  });
  const reply = await appendOrCreateContact({
    info: {
      phones: { items: [{ countryCode: 'DK', phone: '62 18 38 48' }] },
      emails: { items: [{ email: 'phil@example.com' }] },
    },
  });
  assert.deepEqual([reply.contactId, reply.newContact], [contact._id, false]);
  assert.equal((await getContact(contact._id)).primaryInfo.email, 'phil@example.com');
});

test('appendOrCreateContact: a member who is not logged in', async () => {
  const {
    items: [member],
  } = await queryContacts().eq('primaryInfo.email', 'mia@example.com').find();
  const reply = await appendOrCreateContact({
    info: { company: 'x', emails: { items: [{ email: 'mia@example.com' }] } },
  });
  assert.deepEqual(reply, {
    contactId: member._id,
    identityType: IdentityType.NOT_AUTHENTICATED_MEMBER,
    newContact: false,
  });
  assert.deepEqual(await getContact(member._id), member);
});

test('appendOrCreateContact: refusals', async () => {
  for (const options of [undefined, {}, { info: {} }, { info: { company: 'Nobody Ltd' } }]) {
    await fails(appendOrCreateContact(options), 400, 'INSUFFICIENT_CONTACT_DATA');
  }
  const { contact } = await createContact(someone());
  await fails(appendOrCreateContact({ info: someone(), contactId: contact._id }), 403, 'INSUFFICIENT_PERMISSION');
  await fails(
    appendOrCreateContact({
      info: { emails: { items: ['a', 'b'].map((n) => ({ email: `${n}@x.example`, primary: true })) } },
    }),
    400,
    'CANNOT_HAVE_MULTIPLE_PRIMARY_INFO',
  );
  await fails(
    appendOrCreateContact({ info: someone({ labelKeys: { items: ['custom.no'] } }) }),
    400,
    'LABEL_NOT_FOUND',
  );
  await invalid(
    appendOrCreateContact({ info: someone({ birthdate: 'x' }), passThroughData: 'x'.repeat(301) }),
    { field: 'options.info.birthdate', violatedRule: 'FORMAT', data: { type: 'LOCAL_DATE' } },
    { field: 'options.passThroughData', violatedRule: 'MAX_LENGTH', data: { threshold: 300 } },
  );
});
