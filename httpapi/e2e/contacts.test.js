// Contacts: create, get, update, label and delete, and the shapes that the client converts them to.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { contacts } from '@wix/crm';

import { fails, guid, invalid, now, serve, someone } from './helpers.js';

const { client, sent, raw } = await serve();
const { createContact, getContact, updateContact, deleteContact, labelContact, unlabelContact } = client.contacts;

const unknown = '11111111-2222-4333-8444-555555555555';

test('createContact: a full info, both ways', async () => {
  const { label } = await client.labels.findOrCreateLabel('VIP');
  await client.extendedFields.findOrCreateExtendedField('Shoe size', 'NUMBER');
  await client.extendedFields.findOrCreateExtendedField('Homepage', 'URL');

  const { contact } = await createContact({
    name: { first: 'Ada', last: 'Lovelace' },
    emails: {
      items: [
        { tag: 'WORK', email: 'ada@work.example.com' },
        { tag: 'HOME', email: 'ada@home.example.com', primary: true },
      ],
    },
    phones: { items: [{ tag: 'MOBILE', countryCode: 'US', phone: '646-567-6359' }] },
    addresses: {
      items: [
        {
          tag: 'HOME',
          address: {
            addressLine1: '3 Park Ave',
            addressLine2: 'Floor 2',
            city: 'NY',
            subdivision: 'US-NY',
            country: 'US',
            postalCode: '10010',
            location: { latitude: 40.75, longitude: -73.98 },
          },
        },
      ],
    },
    company: 'Analytical Engines',
    jobTitle: 'Programmer',
    birthdate: '1985-12-10',
    locale: 'en-GB',
    labelKeys: { items: [label.key] },
    extendedFields: {
      items: { 'custom.shoe-size': 39.5, 'custom.homepage': 'ada.example.com', 'invoices.vatId': 'GB1' },
    },
    picture: { image: 'wix:image://v1/abc~mv2.jpg/ada%20l.jpg#originWidth=300&originHeight=200' },
  });

  assert.match(contact._id, guid);
  assert.equal(contact.id, undefined);
  assert.equal(contact.revision, 1);
  assert.deepEqual(contact.source, { sourceType: contacts.ContactSourceType.OTHER });
  assert.ok(contact._createdDate instanceof Date);
  assert.deepEqual(contact._createdDate, now);
  assert.deepEqual(contact._updatedDate, now);
  assert.deepEqual(contact.lastActivity, { activityDate: now, activityType: 'CONTACT_CREATED' });
  assert.deepEqual(contact.primaryInfo, { email: 'ada@home.example.com', phone: '646-567-6359' });
  assert.deepEqual(contact.primaryEmail, {
    email: 'ada@home.example.com',
    subscriptionStatus: 'NOT_SET',
    deliverabilityStatus: 'NOT_SET',
  });
  assert.deepEqual(contact.primaryPhone, {
    countryCode: 'US',
    e164Phone: '+16465676359',
    formattedPhone: '+1 646-567-6359',
    phone: '646-567-6359',
    subscriptionStatus: 'NOT_SET',
    deliverabilityStatus: 'NOT_SET',
  });

  const { info } = contact;
  assert.deepEqual(info.name, { first: 'Ada', last: 'Lovelace' });
  const [home, work] = info.emails.items;
  assert.match(home._id, guid);
  assert.deepEqual(home, { _id: home._id, tag: 'HOME', email: 'ada@home.example.com', primary: true });
  assert.deepEqual(work, { _id: work._id, tag: 'WORK', email: 'ada@work.example.com', primary: false });
  const [phone] = info.phones.items;
  assert.deepEqual(phone, {
    _id: phone._id,
    tag: 'MOBILE',
    countryCode: 'US',
    phone: '646-567-6359',
    e164Phone: '+16465676359',
    formattedPhone: '+1 646-567-6359',
    primary: true,
  });
  const [address] = info.addresses.items;
  assert.deepEqual(address, {
    _id: address._id,
    tag: 'HOME',
    address: {
      addressLine1: '3 Park Ave',
      addressLine2: 'Floor 2',
      city: 'NY',
      subdivision: 'US-NY',
      country: 'US',
      postalCode: '10010',
      location: { latitude: 40.75, longitude: -73.98 },
      formatted: '3 Park Ave\nFloor 2\nNY, New York 10010\nUnited States',
    },
  });
  assert.equal(info.company, 'Analytical Engines');
  assert.equal(info.jobTitle, 'Programmer');
  assert.equal(info.birthdate, '1985-12-10');
  assert.equal(info.locale, 'en-gb');
  assert.deepEqual(info.labelKeys, { items: ['custom.vip'] });
  assert.deepEqual(info.extendedFields.items, {
    'custom.shoe-size': 39.5,
    'custom.homepage': 'https://ada.example.com',
    'invoices.vatId': 'GB1',
    'contacts.displayByFirstName': 'Ada Lovelace',
    'contacts.displayByLastName': 'Lovelace Ada',
    'emailSubscriptions.effectiveEmail': 'ada@home.example.com',
    'emailSubscriptions.subscriptionStatus': 'NOT_SET',
    'emailSubscriptions.deliverabilityStatus': 'NOT_SET',
  });
  assert.deepEqual(info.picture, { image: 'wix:image://v1/abc~mv2.jpg/ada%20l.jpg#originWidth=300&originHeight=200' });

  assert.deepEqual(await getContact(contact._id), contact);
});

test('the enums of the client match the program', async () => {
  const { EmailTag, PhoneTag, AddressTag } = contacts;
  const { contact } = await createContact({
    name: { first: 'Tags' },
    emails: { items: Object.values(EmailTag).map((tag) => ({ tag, email: `${tag}@tags.example.com` })) },
    phones: { items: Object.values(PhoneTag).map((tag, i) => ({ tag, phone: `555-01${i}` })) },
    addresses: { items: Object.values(AddressTag).map((tag) => ({ tag, address: { city: tag } })) },
  });
  const tags = (list) => list.items.map(({ tag }) => tag);
  assert.deepEqual(tags(contact.info.emails), Object.values(EmailTag));
  assert.deepEqual(tags(contact.info.phones), Object.values(PhoneTag));
  assert.deepEqual(tags(contact.info.addresses), Object.values(AddressTag));
});

test('an address as a line, as parts, formatted by the caller, and with a location', async () => {
  const addresses = [
    { addressLine1: '12 Park Ave', city: 'NY', country: 'US' },
    { streetAddress: { number: '9278', name: 'Source Street', apt: '4' }, postalCode: '31562', country: 'DK' },
    { formatted: 'behind the mill', hint: 'ring twice' },
    { location: { latitude: -33.5, longitude: 0 }, city: 'NY' },
  ];
  const { contact } = await createContact(
    someone({ addresses: { items: addresses.map((address) => ({ address: structuredClone(address) })) } }),
  );
  assert.equal(sent.at(-1).body.info.addresses.items[0].address.addressLine, '12 Park Ave');
  assert.equal(sent.at(-1).body.info.addresses.items[2].address.formattedAddress, 'behind the mill');
  assert.deepEqual(sent.at(-1).body.info.addresses.items[3].address.geocode, { latitude: -33.5, longitude: 0 });
  const got = contact.info.addresses.items.map(({ address }) => address);
  assert.deepEqual(got[0], { ...addresses[0], formatted: '12 Park Ave\nNY\nUnited States' });
  // In the objects of the client, absent parts of a street are undefined.
  assert.deepEqual({ ...got[1].streetAddress }, { ...addresses[1].streetAddress, formattedAddressLine: undefined });
  assert.equal(got[1].addressLine1, undefined);
  assert.match(got[1].formatted, /^9278 Source Street/);
  assert.deepEqual(got[2], addresses[2]);
  assert.deepEqual(got[3], { ...addresses[3], formatted: 'NY' });
  assert.deepEqual(
    contact.info.addresses.items.map(({ tag }) => tag),
    Array(4).fill('UNTAGGED'),
  );

  await invalid(
    createContact(
      someone({ addresses: { items: [{ address: { addressLine1: 'a', streetAddress: { name: 'b' } } }] } }),
    ),
    { field: 'info.addresses.items[0].address.addressLine', violatedRule: 'CUSTOM', ruleName: 'ONE_OF' },
  );
});

test('a picture by its ID and by its URL, and the object that is sent', async () => {
  const image = 'wix:image://v1/11062b_1~mv2.png/me%20%26%20you.png#originWidth=640&originHeight=480';
  let { contact } = await createContact(someone({ picture: { image } }));
  assert.deepEqual(sent.at(-1).body.info.picture.image, {
    id: '11062b_1~mv2.png',
    width: 640,
    height: 480,
    altText: 'me & you.png',
    filename: 'me & you.png',
    url: image,
  });
  assert.equal(contact.info.picture.image, image);
  const wire = (await raw('GET', `/contacts/v4/contacts/${contact._id}`)).body.contact;
  assert.deepEqual(wire.info.picture.image, sent.at(-1).body.info.picture.image);

  const url = 'https://example.com/me.png?size=2';
  contact = (await updateContact(contact._id, { picture: { image: url } }, contact.revision)).contact;
  assert.deepEqual(sent.at(-1).body.info.picture.image, { url });
  assert.equal(contact.info.picture.image, url);

  contact = (await updateContact(contact._id, { picture: {} }, contact.revision)).contact;
  assert.equal(contact.info.picture, undefined);
  await invalid(createContact(someone({ picture: { image: 'ftp://example.com/me.png' } })), {
    field: 'info.picture.image.url',
    violatedRule: 'FORMAT',
    data: { type: 'WEB_URL' },
  });
});

test('a picture by an ID without a name: the client invents a name', async () => {
  const { contact } = await createContact(
    someone({ picture: { image: 'wix:image://v1/a.jpg#originWidth=3&originHeight=2' } }),
  );
  assert.equal(sent.at(-1).body.info.picture.image.filename, 'undefined');
  assert.equal(contact.info.picture.image, 'wix:image://v1/a.jpg/undefined#originWidth=3&originHeight=2');
});

test('createContact: duplicates', async () => {
  const { contact } = await createContact({
    name: { first: 'First' },
    emails: { items: [{ email: 'Twice@example.com' }] },
  });
  await fails(createContact({ emails: { items: [{ email: 'twice@EXAMPLE.com' }] } }), 409, 'DUPLICATE_CONTACT_EXISTS', {
    duplicateContactId: contact._id,
    duplicateEmail: 'Twice@example.com',
  });
  const again = await createContact({ emails: { items: [{ email: 'twice@example.com' }] } }, { allowDuplicates: true });
  assert.notEqual(again.contact._id, contact._id);

  const phone = await createContact({ phones: { items: [{ countryCode: 'DK', phone: '62183848' }] } });
  await fails(
    createContact({ phones: { items: [{ countryCode: 'DK', phone: '62 18 38 48' }] } }),
    409,
    'DUPLICATE_CONTACT_EXISTS',
    { duplicateContactId: phone.contact._id, duplicatePhone: '62183848' },
  );
  await fails(
    updateContact(contact._id, { emails: { items: [{ email: 'ada@home.example.com' }] } }, 1),
    409,
    'DUPLICATE_CONTACT_EXISTS',
  );
});

test('getContact: projections', async () => {
  const { contact } = await createContact(
    someone({
      company: 'Acme',
      phones: { items: [{ phone: '555-0101' }] },
      addresses: { items: [{ address: { city: 'Oslo' } }] },
    }),
  );
  const { _id, revision, primaryInfo, info } = contact;
  const { name, emails, phones, addresses, extendedFields } = info;
  const basic = { _id, revision, primaryInfo, info: { name } };

  assert.deepEqual(await getContact(_id, { fields: ['info.company', 'source'] }), {
    _id,
    revision,
    source: contact.source,
    info: { company: 'Acme' },
  });
  assert.deepEqual(await getContact(_id, { fieldsets: ['BASIC'] }), basic);
  assert.deepEqual(await getContact(_id, { fieldsets: ['COMMUNICATION_DETAILS'] }), {
    ...basic,
    info: { name, emails, phones, addresses },
  });
  assert.deepEqual(await getContact(_id, { fieldsets: ['EXTENDED'] }), { ...basic, info: { name, extendedFields } });
  assert.deepEqual(await getContact(_id, { fieldsets: ['FULL'] }), contact);
  assert.deepEqual(
    await getContact(_id, { fields: ['info.emails', 'lastActivity'], fieldsets: ['BASIC', 'EXTENDED'] }),
    { ...basic, lastActivity: contact.lastActivity, info: { name, emails, extendedFields } },
  );
  assert.equal(
    sent.at(-1).url,
    `/contacts/v4/contacts/${_id}?id=${_id}&fields=info.emails&fields=lastActivity&fieldsets=BASIC&fieldsets=EXTENDED`,
  );
  assert.deepEqual(await getContact(_id, { fields: ['createdDate', 'primaryEmail'] }), {
    _id,
    revision,
    _createdDate: now,
    primaryEmail: contact.primaryEmail,
  });
  // The client does not rename the names of projections.
  assert.deepEqual(await getContact(_id, { fields: ['_createdDate', '_updatedDate', '_id'] }), {
    _id,
    revision,
    _createdDate: now,
    _updatedDate: now,
  });
  assert.deepEqual(await getContact(_id, { fields: [], fieldsets: [] }), contact);

  const err = await invalid(getContact(_id, { fields: ['info.nme'] }), { violatedRule: 'FORMAT' });
  assert.match(err.details.validationError.fieldViolations[0].field, /^options\.fields/);
  const other = await invalid(getContact(_id, { fieldsets: ['SOME'] }), { violatedRule: 'FORMAT' });
  assert.match(other.details.validationError.fieldViolations[0].field, /^options\.fieldsets/);
});

test('projections as a list with commas', async () => {
  const { contact } = await createContact(someone({ company: 'Commas' }));
  const { body } = await raw(
    'GET',
    `/contacts/v4/contacts/${contact._id}?fields=info.company,info.name&fieldsets=BASIC`,
  );
  assert.deepEqual(body, {
    contact: {
      id: contact._id,
      revision: 1,
      primaryInfo: contact.primaryInfo,
      info: { name: contact.info.name, company: 'Commas' },
    },
    responseType: 'REGULAR',
  });
});

test('updateContact: only given members change', async () => {
  const { contact } = await createContact(someone({ company: 'Before', jobTitle: 'Clerk', birthdate: '1990-01-31' }));
  const { contact: after } = await updateContact(contact._id, { company: 'After', jobTitle: null }, contact.revision);
  assert.equal(sent.at(-1).method, 'PATCH');
  assert.deepEqual(sent.at(-1).body, {
    contactId: contact._id,
    info: { company: 'After', jobTitle: null },
    revision: 1,
  });
  const { jobTitle, ...info } = contact.info;
  assert.equal(jobTitle, 'Clerk');
  assert.deepEqual(after, { ...contact, revision: 2, info: { ...info, company: 'After' } });
  assert.deepEqual(await getContact(contact._id), after);

  const { contact: named } = await updateContact(contact._id, { name: { last: 'Changed' } }, 2);
  assert.deepEqual(named.info.name, { first: contact.info.name.first, last: 'Changed' });
  assert.equal(named.info.extendedFields.items['contacts.displayByLastName'], 'Changed Person');
});

test('updateContact: a list is replaced as a whole, and items keep the given IDs', async () => {
  const { contact } = await createContact(someone({ phones: { items: [{ phone: '1' }, { phone: '2' }] } }));
  const [one, two] = contact.info.phones.items;
  const { contact: after } = await updateContact(
    contact._id,
    {
      phones: {
        items: [
          { _id: two._id, phone: '22' },
          { phone: '3', primary: true },
        ],
      },
    },
    1,
  );
  const [three, second] = after.info.phones.items;
  assert.deepEqual(second, { ...two, phone: '22' });
  assert.equal(three.phone, '3');
  assert.equal(three.primary, true);
  assert.ok(![one._id, two._id].includes(three._id));
  assert.equal(after.primaryInfo.phone, '3');
  assert.deepEqual(after.info.emails, contact.info.emails);

  const { contact: none } = await updateContact(contact._id, { phones: { items: [] } }, 2);
  assert.equal(none.info.phones, undefined);
  assert.equal(none.primaryPhone, undefined);
  assert.deepEqual(none.primaryInfo, { email: contact.primaryInfo.email });
});

test('updateContact: extended fields', async () => {
  await client.extendedFields.findOrCreateExtendedField('Met at', 'TEXT');
  await client.extendedFields.findOrCreateExtendedField('Met on', 'DATE');
  const { contact } = await createContact(
    someone({ extendedFields: { items: { 'custom.met-at': 'the fair', 'custom.met-on': '2025-06-01' } } }),
  );
  assert.equal(contact.info.extendedFields.items['custom.met-on'], '2025-06-01');
  const { contact: after } = await updateContact(
    contact._id,
    { extendedFields: { items: { 'custom.met-at': 'the shop', 'contacts.displayByFirstName': 'no' } } },
    1,
  );
  assert.equal(after.info.extendedFields.items['custom.met-at'], 'the shop');
  assert.equal('custom.met-on' in after.info.extendedFields.items, false);
  assert.equal(
    after.info.extendedFields.items['contacts.displayByFirstName'],
    contact.info.extendedFields.items['contacts.displayByFirstName'],
  );
});

test('the client renames keys of extended fields, too', async () => {
  // The client shows a field with this key as custom._id, and sends it under its own key.
  const { field } = await client.extendedFields.findOrCreateExtendedField('id', 'TEXT');
  assert.equal(field.key, 'custom.id');
  const { contact } = await createContact(someone({ extendedFields: { items: { 'custom._id': 'x1' } } }));
  assert.equal(sent.at(-1).body.info.extendedFields.items['custom.id'], 'x1');
  assert.equal(contact.info.extendedFields.items['custom._id'], 'x1');
  const wire = (await raw('GET', `/contacts/v4/contacts/${contact._id}`)).body.contact;
  assert.equal(wire.info.extendedFields.items['custom.id'], 'x1');
});

test('updateContact: revisions', async () => {
  const { contact } = await createContact(someone());
  await updateContact(contact._id, { company: 'Two' }, 1);
  const err = await fails(updateContact(contact._id, { company: 'Three' }, 1), 409, 'CONTACT_ALREADY_CHANGED');
  assert.match(err.message, /CONTACT_ALREADY_CHANGED/);
  await fails(updateContact(contact._id, { company: 'Three' }, 3), 409, 'CONTACT_ALREADY_CHANGED');
  assert.equal((await getContact(contact._id)).info.company, 'Two');

  // A string of digits is a number, too.
  assert.equal((await updateContact(contact._id, { company: 'Three' }, '2')).contact.revision, 3);

  await invalid(updateContact(contact._id, { company: 'Four' }, undefined), {
    field: 'revision',
    violatedRule: 'REQUIRED_FIELD',
  });
  assert.equal('revision' in sent.at(-1).body, false);
  await invalid(updateContact(contact._id, { company: 'Four' }, { revision: 3 }), {
    field: 'revision',
    violatedRule: 'FORMAT',
    data: { type: 'INTEGER' },
  });
});

test('updateContact: one of many concurrent updates wins', async () => {
  const { contact } = await createContact(someone());
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => updateContact(contact._id, { company: `Company ${i}` }, 1)),
  );
  const won = results.filter(({ status }) => status === 'fulfilled');
  assert.equal(won.length, 1);
  for (const { reason } of results.filter(({ status }) => status === 'rejected')) {
    assert.equal(reason.details.applicationError.code, 'CONTACT_ALREADY_CHANGED');
  }
  assert.deepEqual(await getContact(contact._id), won[0].value.contact);
});

test('updateContact: refusals', async () => {
  const { contact } = await createContact(someone());
  for (const info of [{}, { name: {} }]) {
    await fails(updateContact(contact._id, info, 1), 400, 'INSUFFICIENT_UPDATE_CONTACT_DATA');
  }
  const { client: lenient } = await serve({ strict: false });
  const { contact: other } = await lenient.contacts.createContact(someone());
  await fails(
    lenient.contacts.updateContact(other._id, { nothingKnown: 1 }, 1),
    400,
    'INSUFFICIENT_UPDATE_CONTACT_DATA',
  );
  await fails(updateContact(contact._id, { name: null, emails: { items: [] } }, 1), 400, 'INSUFFICIENT_CONTACT_DATA');
  await fails(
    updateContact(
      contact._id,
      { emails: { items: ['a', 'b'].map((n) => ({ email: `${n}@example.com`, primary: true })) } },
      1,
    ),
    400,
    'CANNOT_HAVE_MULTIPLE_PRIMARY_INFO',
  );
  await fails(updateContact(unknown, { company: 'x' }, 1), 404, 'CONTACT_NOT_FOUND');
  assert.equal((await getContact(contact._id)).revision, 1);
});

test('labelContact and unlabelContact', async () => {
  const { label: a } = await client.labels.findOrCreateLabel('Label A');
  const { label: b } = await client.labels.findOrCreateLabel('Label B');
  const { contact } = await createContact(someone({ labelKeys: { items: ['contacts.customers'] } }));
  let { contact: got } = await labelContact(contact._id, [b.key, a.key]);
  assert.deepEqual(sent.at(-1).body, { contactId: contact._id, labelKeys: ['custom.label-b', 'custom.label-a'] });
  assert.deepEqual(got.info.labelKeys.items, ['contacts.customers', 'custom.label-b', 'custom.label-a']);
  assert.equal(got.revision, 2);

  got = (await unlabelContact(contact._id, ['contacts.customers', 'custom.label-a'])).contact;
  assert.equal(sent.at(-1).method, 'DELETE');
  assert.equal(
    sent.at(-1).url,
    `/contacts/v4/contacts/${contact._id}/labels?contactId=${contact._id}` +
      '&labelKeys=contacts.customers&labelKeys=custom.label-a',
  );
  assert.deepEqual(got.info.labelKeys.items, ['custom.label-b']);
  assert.equal(got.revision, 3);

  const { status, body } = await raw('DELETE', `/contacts/v4/contacts/${contact._id}/labels`, { labelKeys: [b.key] });
  assert.equal(status, 200);
  assert.equal(body.contact.info.labelKeys, undefined);
  assert.equal(body.contact.revision, 4);

  for (const call of [labelContact, unlabelContact]) {
    await fails(call(contact._id, [a.key, 'custom.no', 'custom.nor']), 400, 'LABEL_NOT_FOUND', {
      labelKeys: ['custom.no', 'custom.nor'],
    });
    await fails(call(unknown, [a.key]), 404, 'CONTACT_NOT_FOUND');
    await invalid(call(contact._id, []), { field: 'labelKeys', violatedRule: 'MIN_SIZE', data: { threshold: 1 } });
    await invalid(call(contact._id, Array(101).fill(a.key)), {
      field: 'labelKeys',
      violatedRule: 'MAX_SIZE',
      data: { threshold: 100 },
    });
  }
});

test('deleteContact', async () => {
  const { contact } = await createContact(someone());
  assert.deepEqual(await deleteContact(contact._id), {});
  assert.equal(sent.at(-1).url, `/contacts/v4/contacts/${contact._id}?contactId=${contact._id}`);
  await fails(getContact(contact._id), 404, 'CONTACT_NOT_FOUND');
  await fails(deleteContact(contact._id), 404, 'CONTACT_NOT_FOUND');
});

test('the headers of the client are accepted unchanged', () => {
  const { headers } = sent[0];
  assert.equal(headers.Authorization, 'e2e-key');
  assert.equal(headers['wix-site-id'], 'e2e-site');
});
