// Definitions of labels.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fails, invalid, modules, now, recording, serve, someone } from './helpers.js';

const { client, sent, raw } = await serve();
const { deleteLabel, findOrCreateLabel, getLabel, listLabels, queryLabels, renameLabel } = client.labels;
const Filter = recording('labels.utils.query.Filter', modules.labels.utils.query.Filter);
const QueryBuilder = recording('labels.utils.query.QueryBuilder', modules.labels.utils.query.QueryBuilder);
const Sort = recording('labels.utils.query.Sort', modules.labels.utils.query.Sort);

const keys = (list) => list.map(({ key }) => key).join(' ');
const system = ['contacts.customers', 'contacts.contacted-me'].join(' ');

test('findOrCreateLabel and getLabel', async () => {
  const { label, newLabel } = await findOrCreateLabel('My Label', { language: 'en' });
  assert.deepEqual(sent.at(-1).body, { displayName: 'My Label', language: 'en' });
  assert.equal(newLabel, true);
  assert.deepEqual(label, {
    namespace: 'custom',
    namespaceDisplayName: 'Labels',
    key: 'custom.my-label',
    displayName: 'My Label',
    labelType: modules.labels.LabelType.USER_DEFINED,
    _createdDate: now,
    _updatedDate: now,
  });
  assert.deepEqual(await findOrCreateLabel('My Label'), { label, newLabel: false });
  assert.deepEqual(await getLabel('custom.my-label'), label);
  assert.equal(sent.at(-1).url, '/contacts/v4/labels/custom.my-label?key=custom.my-label');

  const customers = (await findOrCreateLabel('Customers')).label;
  assert.equal(customers.key, 'contacts.customers');
  assert.equal(customers.labelType, 'SYSTEM');
  assert.equal(customers._createdDate, undefined);

  await invalid(findOrCreateLabel(''), { field: 'displayName', violatedRule: 'MIN_LENGTH', data: { threshold: 1 } });
  await invalid(findOrCreateLabel('x'.repeat(181)), {
    field: 'displayName',
    violatedRule: 'MAX_LENGTH',
    data: { threshold: 180 },
  });
  await invalid(findOrCreateLabel(5), { field: 'displayName', violatedRule: 'FORMAT', data: { type: 'STRING' } });
  await invalid(findOrCreateLabel(undefined), { field: 'displayName' });
});

test('renameLabel', async () => {
  const { label } = await findOrCreateLabel('Old name');
  const renamed = await renameLabel(label.key, { displayName: 'New name' });
  assert.deepEqual(sent.at(-1).body, { label: { displayName: 'New name', key: 'custom.old-name' } });
  assert.deepEqual(renamed, { ...label, displayName: 'New name' });
  assert.deepEqual(await getLabel(label.key), renamed);

  const { status, body } = await raw('PATCH', '/contacts/v4/labels/custom.old-name', { displayName: 'Newer' });
  assert.equal(status, 200);
  assert.equal(body.label.displayName, 'Newer');

  await fails(renameLabel('custom.gone', { displayName: 'x' }), 404, 'LABEL_NOT_FOUND');
  await fails(renameLabel('contacts.customers', { displayName: 'Buyers' }), 428, 'SYSTEM_LABEL_READ_ONLY');
  await invalid(renameLabel(label.key, { displayName: '' }), {
    field: 'label.displayName',
    violatedRule: 'MIN_LENGTH',
  });
});

test('deleteLabel', async () => {
  const { label } = await findOrCreateLabel('Short-lived');
  const { contact } = await client.contacts.createContact(someone({ labelKeys: { items: [label.key] } }));
  assert.equal(await deleteLabel(label.key), undefined);
  assert.equal(sent.at(-1).method, 'DELETE');
  await fails(getLabel(label.key), 404, 'LABEL_NOT_FOUND');
  await fails(deleteLabel(label.key), 404, 'LABEL_NOT_FOUND');
  const after = await client.contacts.getContact(contact._id);
  assert.equal(after.revision, 2);
  assert.equal(after.info.labelKeys, undefined);
  await fails(deleteLabel('contacts.contacted-me'), 428, 'SYSTEM_LABEL_READ_ONLY');
});

test('keys that the client puts into a path without escaping', async () => {
  const { client: lenient } = await serve({ strict: false }); // the text after a "?" is a parameter that no one knows
  const { findOrCreateLabel, getLabel, deleteLabel } = lenient.labels;
  const { label } = await findOrCreateLabel('Größe 3/4');
  assert.equal(label.key, 'custom.größe-3-4');
  assert.deepEqual(await getLabel(label.key), label);
  // No key has such characters. The text after a "?" is not part of the path.
  await fails(getLabel('custom.a b'), 404, 'LABEL_NOT_FOUND');
  await fails(getLabel('custom.a b/c?d'), 404, 'LABEL_NOT_FOUND');
  assert.deepEqual(await getLabel(`${label.key}?x`), label);
  await deleteLabel(label.key);
  await fails(getLabel(label.key), 404, 'LABEL_NOT_FOUND');
});

test('lists of labels', async () => {
  const { client: own, sent: requests } = await serve();
  for (const name of ['Banana', 'apple', 'Apricot']) await own.labels.findOrCreateLabel(name);
  const all = await own.labels.listLabels();
  assert.equal(keys(all.labels), `custom.apple custom.apricot custom.banana ${system}`);
  assert.deepEqual(all.metadata, { count: 5, offset: 0, total: 5, tooManyToCount: false, hasNext: false });

  const page = await own.labels.listLabels({
    labelType: 'USER_DEFINED',
    namespace: 'custom',
    startsWith: 'A',
    sort: { fieldName: 'displayName', order: 'ASC' },
    paging: { limit: 10, offset: 0 },
  });
  assert.equal(
    requests.at(-1).url,
    '/contacts/v4/labels?labelType=USER_DEFINED&namespace=custom&startsWith=A&sort.fieldName=displayName' +
      '&sort.order=ASC&paging.limit=10&paging.offset=0',
  );
  assert.equal(keys(page.labels), 'custom.apricot');
  assert.equal(page.metadata.total, 1);
  const sorted = await own.labels.listLabels({
    sort: { fieldName: 'displayName', order: 'DESC' },
    paging: { limit: 2, offset: 1 },
  });
  assert.equal(keys(sorted.labels), `contacts.contacted-me custom.banana`);
  assert.equal(keys((await own.labels.listLabels({ labelType: 'SYSTEM' })).labels), system);

  const found = async (builder) => keys((await builder.find()).items);
  const query = own.labels.queryLabels;
  assert.equal(await found(query()), `custom.apple custom.apricot custom.banana ${system}`);
  assert.equal(await found(query().eq('labelType', 'SYSTEM')), system);
  assert.equal(
    await found(query().startsWith('displayName', 'ap').ascending('displayName')),
    'custom.apple custom.apricot',
  );
  assert.equal(await found(query().in('key', ['custom.banana', 'custom.apple'])), 'custom.apple custom.banana');
  assert.equal(await found(query().ne('namespace', 'custom')), system);
  assert.equal(await found(query().ge('_createdDate', now)), 'custom.apple custom.apricot custom.banana');
  const first = await query().ascending('displayName').limit(2).find();
  assert.deepEqual([keys(first.items), first.totalCount, first.totalPages], ['custom.apple custom.apricot', 5, 3]);
  assert.equal(keys((await first.next()).items), 'custom.banana contacts.contacted-me');
  assert.equal(first.items[0]._createdDate.getTime(), now.getTime());

  const typed = await own.labels.queryLabels({
    filter: { displayName: { $startsWith: 'b' } },
    sort: [{ fieldName: 'displayName' }],
    paging: { limit: 1 },
  });
  assert.equal(keys(typed.labels), 'custom.banana');
  assert.equal(typed.pagingMetadata.total, 1);
});

test('queryLabels: a query made with utils.query', async () => {
  await findOrCreateLabel('Utility');
  const query = QueryBuilder()
    .withFilter(Filter('displayName').eq('Utility'))
    .withSorting(Sort('_createdDate').desc())
    .build();
  const { labels } = await queryLabels(query);
  assert.deepEqual(sent.at(-1).body.query.sort, [{ fieldName: 'createdDate', order: 'DESC' }]);
  assert.equal(keys(labels), 'custom.utility');
});

test('lists of labels: refusals', async () => {
  await fails(queryLabels().eq('color', 'red').find(), 400, 'UNSUPPORTED_FILTER_FIELD');
  await fails(queryLabels().gt('displayName', 'x').find(), 400, 'UNSUPPORTED_FILTER_OPERATOR');
  await fails(queryLabels().eq('labelType', 'GOOD').find(), 400, 'UNSUPPORTED_FILTER_VALUE');
  await fails(queryLabels().ascending('key').find(), 400, 'INVALID_SORT');
  await fails(queryLabels({ filter: { $or: 1 } }), 400, 'MALFORMED_FILTER');
  await fails(queryLabels({ filter: { $xor: [] } }), 400, 'UNSUPPORTED_FILTER');
  await fails(listLabels({ sort: { fieldName: 'key' } }), 400, 'INVALID_SORT');
  await invalid(listLabels({ namespace: 'x' }), {
    field: 'options.namespace',
    violatedRule: 'MIN_LENGTH',
    data: { threshold: 3 },
  });
  await invalid(listLabels({ labelType: 'GOOD' }), {
    field: 'options.labelType',
    violatedRule: 'FORMAT',
    data: { type: 'ENUM' },
  });
  await invalid(listLabels({ paging: { limit: 2001 } }), { violatedRule: 'MAX', data: { threshold: 2000 } });
});

test('LABELS_QUOTA_REACHED', async () => {
  const { client: own } = await serve();
  for (let i = 0; i < 2000; i += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, j) => own.labels.findOrCreateLabel(`Label ${i + j}`)));
  }
  await fails(own.labels.findOrCreateLabel('One more'), 429, 'LABELS_QUOTA_REACHED', {
    labelsQuota: '2000',
    labelsCurrentTotal: '2000',
  });
  assert.equal((await own.labels.findOrCreateLabel('Label 7')).newLabel, false);
});
