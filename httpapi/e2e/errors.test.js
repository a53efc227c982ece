// Errors as the client throws them, errors of no method in particular, and the replies of the program to requests that
// the client never sends.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ApiKeyStrategy, createClient } from '@wix/sdk';

import { fails, invalid, modules, rejected, serve, someone } from './helpers.js';

const { client, raw, sent } = await serve();
const { createContact, getContact, updateContact, deleteContact, labelContact, mergeContacts } = client.contacts;

test('all of an application error', async () => {
  const missing = '11111111-2222-4333-8444-555555555555';
  const err = await rejected(getContact(missing));
  const description = `Contact not found: ${missing}.`;
  assert.deepEqual(
    { ...err.details, requestId: undefined },
    {
      applicationError: { code: 'CONTACT_NOT_FOUND', description, data: {} },
      requestId: undefined,
    },
  );
  assert.deepEqual(JSON.parse(err.message), {
    message: description,
    details: { ...err.details, requestId: err.requestId },
  });
  const other = await rejected(getContact(missing));
  assert.notEqual(other.requestId, err.requestId);
});

test('all of a validation error', async () => {
  const err = await invalid(
    createContact({
      name: { first: 'x'.repeat(1001) },
      emails: { items: [{ email: 'a@example.com' }, { email: 'nobody', tag: 'main' }] },
      phones: { items: [{ phone: '', countryCode: 'usa' }] },
      addresses: { items: [{ address: { country: 'UK', subdivision: 'NY' } }] },
      birthdate: '2023-02-29',
      locale: 'en_US',
    }),
    { field: 'info.addresses.items[0].address.country', violatedRule: 'FORMAT', data: { type: 'COUNTRY' } },
    { field: 'info.addresses.items[0].address.subdivision', violatedRule: 'FORMAT', data: { type: 'SUBDIVISION' } },
    { field: 'info.birthdate', violatedRule: 'FORMAT', data: { type: 'LOCAL_DATE' } },
    { field: 'info.emails.items[1].email', violatedRule: 'FORMAT', data: { type: 'EMAIL' } },
    { field: 'info.emails.items[1].tag', violatedRule: 'FORMAT', data: { type: 'ENUM' } },
    { field: 'info.locale', violatedRule: 'FORMAT', data: { type: 'LANGUAGE_TAG' } },
    { field: 'info.name.first', violatedRule: 'MAX_LENGTH', data: { threshold: 1000 } },
    { field: 'info.phones.items[0].countryCode', violatedRule: 'FORMAT', data: { type: 'COUNTRY' } },
    { field: 'info.phones.items[0].phone', violatedRule: 'MIN_LENGTH', data: { threshold: 1 } },
  );
  const { message } = JSON.parse(err.message);
  assert.match(message, /^INVALID_ARGUMENT: "info\.addresses\.items\[0\]\.address\.country" must be/);
  assert.ok(!err.message.includes('nobody'), 'errors contain no values');
});

test('wrong types', async () => {
  await invalid(
    createContact({
      name: 'Ada',
      emails: { items: 'ada@example.com' },
      phones: [{ phone: '1' }],
      company: 5,
      labelKeys: { items: [7] },
    }),
    { field: 'info.company', violatedRule: 'FORMAT', data: { type: 'STRING' } },
    { field: 'info.emails.items', violatedRule: 'FORMAT', data: { type: 'ARRAY' } },
    { field: 'info.labelKeys.items[0]', violatedRule: 'FORMAT', data: { type: 'STRING' } },
    { field: 'info.name', violatedRule: 'FORMAT', data: { type: 'OBJECT' } },
    { field: 'info.phones', violatedRule: 'FORMAT', data: { type: 'OBJECT' } },
  );
  await invalid(createContact(someone(), { allowDuplicates: 'yes' }), {
    field: 'options.allowDuplicates',
    violatedRule: 'FORMAT',
    data: { type: 'BOOLEAN' },
  });
  await invalid(createContact('Ada'), { field: 'info', violatedRule: 'FORMAT', data: { type: 'OBJECT' } });
});

test('strings that contain JSON are strings', async () => {
  const name = '{"name":{"first":"x"}}';
  const asObject = { violatedRule: 'FORMAT', data: { type: 'OBJECT' } };
  await invalid(createContact(name), { field: 'info', ...asObject });
  const { contact } = await createContact(someone());
  await invalid(updateContact(contact._id, name, 1), { field: 'info', ...asObject });
  await invalid(client.submittedContact.appendOrCreateContact({ info: name }), { field: 'options.info', ...asObject });
  const filter = '{"info.company":"x"}';
  await fails(client.contacts.queryContacts({ filter }), 400, 'MALFORMED_FILTER');
  await fails(client.contacts.queryFacets({ filter: '{}' }), 400, 'MALFORMED_FILTER');
  await fails(client.contacts.bulkDeleteContacts({ filter }), 400, 'MALFORMED_FILTER');
});

test('invalid IDs: the client does not check them', async () => {
  const guid = { violatedRule: 'FORMAT', data: { type: 'GUID' } };
  await invalid(getContact(undefined), { field: '_id', ...guid });
  assert.equal(sent.at(-1).url, '/contacts/v4/contacts/undefined');
  await invalid(getContact('nobody'), { field: '_id', ...guid });
  await invalid(updateContact(undefined, { company: 'x' }, 1), { field: 'contactId', ...guid });
  await invalid(deleteContact(undefined), { field: 'contactId', ...guid });
  await invalid(labelContact('x', ['contacts.customers']), { field: 'contactId', ...guid });
  await invalid(mergeContacts('x', 1, { sourceContactIds: ['11111111-2222-4333-8444-555555555555'] }), {
    field: 'targetContactId',
    ...guid,
  });
});

test('INSUFFICIENT_CONTACT_DATA', async () => {
  for (const info of [
    {},
    undefined,
    { company: 'x' },
    { name: { first: '', last: null } },
    { name: { first: '  ' } },
  ]) {
    await fails(createContact(info), 400, 'INSUFFICIENT_CONTACT_DATA');
  }
});

test('CANNOT_HAVE_MULTIPLE_PRIMARY_INFO', async () => {
  await fails(
    createContact({
      phones: {
        items: [
          { phone: '1', primary: true },
          { phone: '2', primary: true },
        ],
      },
    }),
    400,
    'CANNOT_HAVE_MULTIPLE_PRIMARY_INFO',
  );
});

test('unknown labels', async () => {
  await fails(
    createContact(someone({ labelKeys: { items: ['custom.no', 'contacts.customers', 'custom.no'] } })),
    400,
    'LABEL_NOT_FOUND',
    { labelKeys: ['custom.no'] },
  );
});

test('several errors: the first in the documented order', async () => {
  const { contact } = await createContact(someone());
  const both = {
    items: [
      { email: 'a@example.com', primary: true },
      { email: 'b@example.com', primary: true },
    ],
  };
  await invalid(updateContact(contact._id, { birthdate: 'x' }, 7), { field: 'info.birthdate' });
  await fails(updateContact(contact._id, { emails: both }, 7), 409, 'CONTACT_ALREADY_CHANGED');
  await fails(
    updateContact(contact._id, { emails: both, labelKeys: { items: ['custom.no'] } }, 1),
    400,
    'CANNOT_HAVE_MULTIPLE_PRIMARY_INFO',
  );
});

test('unknown paths and methods', async () => {
  for (const [method, url, status, code] of [
    ['GET', '/contacts/v4/nothing', 404, 'NOT_FOUND'],
    ['GET', '/contacts/v5/contacts', 404, 'NOT_FOUND'],
    ['PUT', '/contacts/v4/contacts', 405, 'METHOD_NOT_ALLOWED'],
    ['POST', '/contacts/v4/labels/custom.x', 405, 'METHOD_NOT_ALLOWED'],
  ]) {
    const reply = await raw(method, url);
    assert.equal(reply.status, status);
    assert.equal(reply.body.details.applicationError.code, code);
    assert.equal(typeof reply.body.message, 'string');
    assert.notEqual(reply.headers.get('x-wix-request-id'), null);
    assert.match(reply.headers.get('content-type'), /^application\/json/);
  }
  assert.match((await raw('PUT', '/contacts/v4/contacts')).headers.get('allow'), /GET.*POST/);
});

test('invalid bodies', async () => {
  const { raw } = await serve({ strict: false });
  const post = (body, type) => raw('POST', '/contacts/v4/contacts', body, type && { 'content-type': type });
  const broken = await post('{"info":');
  assert.equal(broken.status, 400);
  assert.ok(broken.body.details.validationError.fieldViolations.length > 0);
  const plain = await post('{"info":{"name":{"first":"x"}}}', 'text/plain');
  assert.equal(plain.status, 415);
  assert.equal(typeof plain.body.details.applicationError.code, 'string');
  const list = await post('[]');
  assert.equal(list.status, 400);
  const large = await post(`"${'x'.repeat(5 << 20)}"`);
  assert.equal(large.status, 413);
  const unknown = await post({ info: { name: { first: 'x' }, unheardOf: { a: 1 } }, more: [] });
  assert.equal(unknown.status, 200);
});

test('a program with a token', async () => {
  const { client: own, origin } = await serve({ args: ['-token', 'e2e-key'] });
  assert.equal((await own.contacts.queryContacts().find()).totalCount, 0);
  const stranger = createClient({
    modules,
    auth: ApiKeyStrategy({ apiKey: 'another', siteId: 'e2e-site' }),
    fetch: (url, init) => fetch(String(url).replace('https://www.wixapis.com', origin), init),
  });
  await fails(stranger.contacts.createContact(someone()), 401, 'UNAUTHENTICATED');
  await fails(stranger.contacts.queryContacts().find(), 401, 'UNAUTHENTICATED');
});
