// Definitions of extended fields, and their values.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fails, invalid, modules, now, recording, serve, someone } from './helpers.js';

const { client, sent, raw } = await serve();
const {
  deleteExtendedField,
  findOrCreateExtendedField,
  getExtendedField,
  listExtendedFields,
  queryExtendedFields,
  renameExtendedField,
} = client.extendedFields;
const Filter = recording('extendedFields.utils.query.Filter', modules.extendedFields.utils.query.Filter);
const QueryBuilder = recording(
  'extendedFields.utils.query.QueryBuilder',
  modules.extendedFields.utils.query.QueryBuilder,
);
const Sort = recording('extendedFields.utils.query.Sort', modules.extendedFields.utils.query.Sort);

const keys = (list) => list.map(({ key }) => key).join(' ');

test('findOrCreateExtendedField and getExtendedField', async () => {
  for (const type of Object.values(modules.extendedFields.FieldDataType)) {
    const { field, newField } = await findOrCreateExtendedField(`A ${type}`, type);
    assert.equal(newField, true);
    assert.deepEqual(field, {
      namespace: 'custom',
      key: `custom.a-${type.toLowerCase()}`,
      displayName: `A ${type}`,
      dataType: type,
      fieldType: modules.extendedFields.FieldType.USER_DEFINED,
      _createdDate: now,
      _updatedDate: now,
    });
    assert.deepEqual(await getExtendedField(field.key), field);
  }
  assert.equal(sent.at(-1).url, '/contacts/v4/extended-fields/custom.a-url?key=custom.a-url');
  const { field, newField } = await findOrCreateExtendedField('A TEXT', 'NUMBER');
  assert.deepEqual([field.dataType, newField], ['TEXT', false]);

  const { description, ...vat } = await getExtendedField('invoices.vatId');
  assert.equal(typeof description, 'string');
  assert.deepEqual(vat, {
    namespace: 'invoices',
    key: 'invoices.vatId',
    displayName: 'VAT ID',
    dataType: 'TEXT',
    fieldType: 'SYSTEM',
  });

  await fails(getExtendedField('custom.gone'), 404, 'EXTENDED_FIELD_NOT_FOUND');
  await invalid(
    findOrCreateExtendedField('', 'WORD'),
    { field: 'dataType', violatedRule: 'FORMAT', data: { type: 'ENUM' } },
    { field: 'displayName', violatedRule: 'MIN_LENGTH', data: { threshold: 1 } },
  );
  await invalid(findOrCreateExtendedField('No type', undefined), { field: 'dataType' });
});

test('values of each type', async () => {
  await Promise.all(['TEXT', 'NUMBER', 'DATE', 'URL'].map((type) => findOrCreateExtendedField(`A ${type}`, type)));
  const create = (items) => client.contacts.createContact(someone({ extendedFields: { items } }));
  const { contact } = await create({
    'custom.a-text': 'Zoë & co',
    'custom.a-number': -0.125,
    'custom.a-date': '2024-02-29',
    'custom.a-url': 'http://example.com/x',
  });
  const { items } = contact.info.extendedFields;
  assert.deepEqual(
    ['text', 'number', 'date', 'url'].map((type) => items[`custom.a-${type}`]),
    ['Zoë & co', -0.125, '2024-02-29', 'http://example.com/x'],
  );
  const { contact: empty } = await create({ 'custom.a-text': '', 'custom.a-number': null });
  assert.ok(!('custom.a-text' in empty.info.extendedFields.items));

  for (const [key, dataType, value] of [
    ['custom.a-text', 'TEXT', 5],
    ['custom.a-number', 'NUMBER', '5'],
    ['custom.a-date', 'DATE', '2023-02-29'],
    ['custom.a-date', 'DATE', new Date(0)],
    ['custom.a-url', 'URL', 'no url'],
  ]) {
    await fails(create({ [key]: value }), 400, 'INVALID_EXTENDED_FIELD_VALUE', { key, dataType });
  }
  const err = await fails(create({ 'custom.no': 1, 'custom.nor': 2 }), 400, 'EXTENDED_FIELD_NOT_FOUND');
  assert.equal(err.details.applicationError.description, 'Extended fields not found: custom.no,custom.nor.');
});

test('renameExtendedField', async () => {
  const { field } = await findOrCreateExtendedField('Old field', 'TEXT');
  const renamed = await renameExtendedField(field.key, { displayName: 'New field' });
  assert.deepEqual(sent.at(-1).body, { field: { displayName: 'New field', key: 'custom.old-field' } });
  assert.deepEqual(renamed, { ...field, displayName: 'New field' });
  const { status, body } = await raw('PATCH', '/contacts/v4/extended-fields/custom.old-field', { name: 'Newer' });
  assert.equal(status, 200);
  assert.equal(body.field.displayName, 'Newer');
  await fails(renameExtendedField('custom.gone', { displayName: 'x' }), 404, 'EXTENDED_FIELD_NOT_FOUND');
  await fails(renameExtendedField('invoices.vatId', { displayName: 'x' }), 428, 'SYSTEM_FIELD_READ_ONLY');
  await invalid(renameExtendedField(field.key, { displayName: 'x'.repeat(151) }), {
    field: 'field.displayName',
    violatedRule: 'MAX_LENGTH',
    data: { threshold: 150 },
  });
});

test('deleteExtendedField', async () => {
  const { field } = await findOrCreateExtendedField('Short-lived', 'TEXT');
  const { contact } = await client.contacts.createContact(someone({ extendedFields: { items: { [field.key]: 'x' } } }));
  assert.equal(await deleteExtendedField(field.key), undefined);
  await fails(getExtendedField(field.key), 404, 'EXTENDED_FIELD_NOT_FOUND');
  await fails(deleteExtendedField(field.key), 404, 'EXTENDED_FIELD_NOT_FOUND');
  const after = await client.contacts.getContact(contact._id);
  assert.equal(after.revision, 2);
  assert.ok(!(field.key in after.info.extendedFields.items));
  await fails(deleteExtendedField('contacts.displayByLastName'), 428, 'SYSTEM_FIELD_READ_ONLY');
});

test('lists of extended fields', async () => {
  const { client: own, sent: requests } = await serve();
  for (const name of ['Width', 'height']) await own.extendedFields.findOrCreateExtendedField(name, 'NUMBER');
  await own.extendedFields.findOrCreateExtendedField('Note', 'TEXT');
  const { listExtendedFields: list, queryExtendedFields: query } = own.extendedFields;

  const all = await list();
  assert.equal(keys(all.fields.slice(0, 4)), 'custom.height custom.note custom.width contacts.displayByFirstName');
  assert.deepEqual([all.fields.length, all.metadata.count, all.metadata.total], [15, 15, 15]);
  const system = await list({ fieldType: 'SYSTEM', paging: { limit: 10 } });
  assert.equal(requests.at(-1).url, '/contacts/v4/extended-fields?fieldType=SYSTEM&paging.limit=10');
  assert.deepEqual([system.fields.length, system.metadata.total], [10, 12]);
  const sorted = await list({
    namespace: 'custom',
    sort: { fieldName: 'displayName', order: 'DESC' },
    paging: { limit: 2, offset: 1 },
  });
  assert.equal(keys(sorted.fields), 'custom.note custom.height');
  assert.equal(keys((await list({ startsWith: 'h' })).fields), 'custom.height');

  const found = async (builder) => keys((await builder.find()).items);
  assert.equal(
    await found(query().eq('dataType', 'NUMBER').eq('fieldType', 'USER_DEFINED')),
    'custom.height custom.width',
  );
  assert.equal(await found(query().startsWith('displayName', 'NO')), 'custom.note');
  assert.equal(await found(query().in('key', ['invoices.vatId', 'custom.note'])), 'custom.note invoices.vatId');
  const page = await query().eq('namespace', 'custom').descending('displayName').limit(2).find();
  assert.deepEqual([keys(page.items), page.totalCount, page.hasNext()], ['custom.width custom.note', 3, true]);
  assert.equal(keys((await page.next()).items), 'custom.height');

  const { field } = await own.extendedFields.findOrCreateExtendedField('Note', 'TEXT');
  const typed = await query(
    QueryBuilder()
      .withFilter(Filter.and(Filter('_createdDate').lte(now), Filter('dataType').ne('NUMBER')))
      .withSorting(Sort('displayName').asc())
      .build(),
  );
  assert.deepEqual(typed.fields, [field]);
  assert.equal(typed.pagingMetadata.total, 1);
});

test('lists of extended fields: refusals', async () => {
  await fails(queryExtendedFields().eq('description', 'x').find(), 400, 'UNSUPPORTED_FILTER_FIELD');
  await fails(queryExtendedFields().startsWith('key', 'x').find(), 400, 'UNSUPPORTED_FILTER_OPERATOR');
  await fails(queryExtendedFields().eq('dataType', 'WORD').find(), 400, 'UNSUPPORTED_FILTER_VALUE');
  await fails(queryExtendedFields().ascending('dataType').find(), 400, 'INVALID_SORT');
  await fails(queryExtendedFields({ filter: { $not: [] } }), 400, 'MALFORMED_FILTER');
  await invalid(queryExtendedFields({ sort: [{ fieldName: 'displayName' }, { fieldName: '_createdDate' }] }), {
    field: 'query.sort',
    violatedRule: 'MAX_SIZE',
    data: { threshold: 1 },
  });
  await invalid(listExtendedFields({ startsWith: 'x'.repeat(151) }), {
    field: 'options.startsWith',
    violatedRule: 'MAX_LENGTH',
    data: { threshold: 150 },
  });
});

test('FIELDS_QUOTA_EXCEEDED', async () => {
  const { client: own } = await serve();
  await Promise.all(
    Array.from({ length: 100 }, (_, i) => own.extendedFields.findOrCreateExtendedField(`Field ${i}`, 'TEXT')),
  );
  await fails(own.extendedFields.findOrCreateExtendedField('One more', 'TEXT'), 429, 'FIELDS_QUOTA_EXCEEDED');
});
