// Lists and queries of contacts: the builder with each of its methods, the typed form, lists, pages and order.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fails, invalid, modules, now, recording, serve } from './helpers.js';

const { client, sent, raw } = await serve();
const { createContact, listContacts, queryContacts } = client.contacts;
const Filter = recording('contacts.utils.query.Filter', modules.contacts.utils.query.Filter);
const QueryBuilder = recording('contacts.utils.query.QueryBuilder', modules.contacts.utils.query.QueryBuilder);
const Sort = recording('contacts.utils.query.Sort', modules.contacts.utils.query.Sort);

const { label: gold } = await client.labels.findOrCreateLabel('Gold');
const { label: silver } = await client.labels.findOrCreateLabel('Silver');
const { field: score } = await client.extendedFields.findOrCreateExtendedField('Score', 'NUMBER');
const { field: hobby } = await client.extendedFields.findOrCreateExtendedField('Hobby', 'TEXT');
const { field: joined } = await client.extendedFields.findOrCreateExtendedField('Joined', 'DATE');

const people = {};
for (const [first, info] of [
  [
    'Anna',
    {
      name: { last: 'Berg' },
      company: 'Alpha',
      birthdate: '1990-05-01',
      locale: 'de-de',
      labelKeys: { items: [gold.key, silver.key] },
      extendedFields: { items: { [score.key]: 10, [hobby.key]: 'Chess', [joined.key]: '2024-02-29' } },
      phones: { items: [{ countryCode: 'US', phone: '646-567-6359' }] },
    },
  ],
  [
    'Bert',
    {
      name: { last: 'Adler' },
      company: 'Beta',
      birthdate: '1980-01-31',
      jobTitle: 'Cook',
      labelKeys: { items: [gold.key] },
      extendedFields: { items: { [score.key]: -2.5, [hobby.key]: 'Choir' } },
      addresses: {
        items: [{ address: { addressLine1: '1 Main St', city: 'NY', subdivision: 'US-NY', country: 'US' } }],
      },
    },
  ],
  [
    'Cleo',
    { name: { last: 'Berg' }, company: 'alpha two', birthdate: '2001-12-24', jobTitle: 'Cook', locale: 'en-us' },
  ],
  ['Dora', { name: { last: 'Zorn' }, labelKeys: { items: [silver.key] } }],
]) {
  const { contact } = await createContact({
    ...info,
    name: { ...info.name, first },
    emails: { items: [{ email: `${first.toLowerCase()}@example.com` }] },
  });
  people[first] = contact;
}
const { contact: nameless } = await createContact({ phones: { items: [{ countryCode: 'DK', phone: '62183848' }] } });

const names = (items) => items.map((c) => c.info?.name?.first ?? '-').join(' ');
const found = async (builder) => names((await builder.find()).items);

test('queryContacts: the requests of the builder', async () => {
  const result = await queryContacts().find();
  assert.deepEqual(sent.at(-1), {
    method: 'POST',
    url: '/contacts/v4/contacts/query',
    headers: sent.at(-1).headers,
    body: { query: { filter: {}, paging: { offset: 0, limit: 50 } } },
  });
  assert.equal(names(result.items), 'Anna Bert Cleo Dora -');
  assert.deepEqual(result.items[0], people.Anna);
  assert.equal(result.totalCount, 5);
  assert.equal(result.totalPages, 1);
  assert.equal(result.pageSize, 50);
  assert.equal(result.hasNext(), false);
  assert.equal(result.hasPrev(), false);

  await queryContacts()
    .eq('info.name.last', 'Berg')
    .startsWith('primaryInfo.email', 'a')
    .descending('_createdDate')
    .limit(1)
    .find();
  assert.deepEqual(sent.at(-1).body, {
    query: {
      filter: { $and: [{ 'info.name.last': 'Berg' }, { 'primaryInfo.email': { $startsWith: 'a' } }] },
      paging: { limit: 1, offset: 0 },
      sort: [{ fieldName: 'createdDate', order: 'DESC' }],
    },
  });
});

for (const [name, query, want] of [
  ['eq', (q) => q.eq('info.name.last', 'Berg'), 'Anna Cleo'],
  ['eq of an ID', (q) => q.eq('_id', people.Bert._id), 'Bert'],
  ['eq of an email, whatever its case', (q) => q.eq('primaryInfo.email', 'DORA@example.com'), 'Dora'],
  ['eq of a date', (q) => q.eq('_createdDate', now), 'Anna Bert Cleo Dora -'],
  ['eq of a locale', (q) => q.eq('info.locale', 'en-US'), 'Cleo'],
  ['eq twice', (q) => q.eq('info.name.last', 'Berg').eq('info.jobTitle', 'Cook'), 'Cleo'],
  ['ne', (q) => q.ne('info.name.last', 'Berg'), 'Bert Dora -'],
  ['gt', (q) => q.gt('info.birthdate', '1990-05-01'), 'Cleo'],
  ['gt of a date', (q) => q.gt('_createdDate', now), ''],
  ['ge', (q) => q.ge('info.birthdate', '1990-05-01'), 'Anna Cleo'],
  ['ge of a date', (q) => q.ge('_updatedDate', now), 'Anna Bert Cleo Dora -'],
  ['lt', (q) => q.lt('info.birthdate', '1990-05-01'), 'Bert'],
  ['le', (q) => q.le('info.birthdate', '1990-05-01'), 'Anna Bert'],
  ['le of an activity', (q) => q.le('lastActivity.activityDate', now), 'Anna Bert Cleo Dora -'],
  ['startsWith, whatever the case', (q) => q.startsWith('info.company', 'AL'), 'Anna Cleo'],
  ['hasSome', (q) => q.hasSome('info.labelKeys', silver.key, 'custom.gone'), 'Anna Dora'],
  ['hasSome of a list', (q) => q.hasSome('info.labelKeys', [gold.key, silver.key]), 'Anna Bert Dora'],
  ['hasAll', (q) => q.hasAll('info.labelKeys', gold.key, silver.key), 'Anna'],
  ['in', (q) => q.in('info.name.first', ['Dora', 'Bert', 'Nobody']), 'Bert Dora'],
  ['in with IDs', (q) => q.in('_id', [people.Dora._id, people.Anna._id]), 'Anna Dora'],
  ['exists', (q) => q.exists('info.jobTitle', true), 'Bert Cleo'],
  ['exists without a value', (q) => q.exists('primaryInfo.phone'), 'Anna -'],
  ['exists false', (q) => q.exists('info.company', false), 'Dora -'],
  ['a phone', (q) => q.eq('info.phones.e164Phone', '+16465676359'), 'Anna'],
  ['an address', (q) => q.eq('info.addresses.city', 'NY').eq('info.addresses.street', '1 Main St'), 'Bert'],
  [
    'a number field',
    (q) => q.ge('info.extendedFields.custom.score', -2.5).lt('info.extendedFields.custom.score', 10),
    'Bert',
  ],
  ['a text field', (q) => q.startsWith('info.extendedFields.custom.hobby', 'ch'), 'Anna Bert'],
  ['a date field', (q) => q.le('info.extendedFields.custom.joined', '2024-02-29'), 'Anna'],
  [
    'a system field',
    (q) => q.eq('info.extendedFields.emailSubscriptions.subscriptionStatus', 'NOT_SET'),
    'Anna Bert Cleo Dora',
  ],
  // Methods of the builder that are missing in its type declarations.
  ['between', (q) => q.between('info.birthdate', '1980-01-31', '1990-05-01'), 'Bert'],
  ['or', (q) => q.eq('info.name.first', 'Anna').or(queryContacts().eq('info.name.first', 'Dora')), 'Anna Dora'],
  ['and', (q) => q.eq('info.name.last', 'Berg').and(queryContacts().eq('info.name.first', 'Cleo')), 'Cleo'],
  ['not', (q) => q.not(queryContacts().eq('info.name.last', 'Berg')), 'Bert Dora -'],
]) {
  test(`queryContacts: ${name}`, async () => assert.equal(await found(query(queryContacts())), want));
}

for (const [name, query, want] of [
  ['ascending', (q) => q.ascending('info.name.first'), 'Anna Bert Cleo Dora -'],
  ['descending', (q) => q.descending('info.name.first'), 'Dora Cleo Bert Anna -'],
  ['by email', (q) => q.descending('primaryInfo.email'), 'Dora Cleo Bert Anna -'],
  ['by company, whatever its case', (q) => q.ascending('info.company'), 'Anna Cleo Bert Dora -'],
  ['by birthdate', (q) => q.ascending('info.birthdate'), 'Bert Anna Cleo Dora -'],
  ['by a number field', (q) => q.ascending('info.extendedFields.custom.score'), 'Bert Anna Cleo Dora -'],
  ['by _createdDate', (q) => q.ascending('_createdDate'), 'Anna Bert Cleo Dora -'],
  ['with a filter', (q) => q.eq('info.jobTitle', 'Cook').descending('info.birthdate'), 'Cleo Bert'],
]) {
  test(`queryContacts: sorted ${name}`, async () => assert.equal(await found(query(queryContacts())), want));
}

test('queryContacts: pages', async () => {
  let page = await queryContacts().limit(2).find();
  assert.equal(names(page.items), 'Anna Bert');
  assert.equal(page.totalCount, 5);
  assert.equal(page.totalPages, 3);
  assert.equal(page.currentPage, 0);
  assert.equal(page.hasNext(), true);
  page = await page.next();
  assert.deepEqual(sent.at(-1).body.query.paging, { offset: 2, limit: 2 });
  assert.equal(names(page.items), 'Cleo Dora');
  assert.equal(page.hasNext(), true);
  page = await page.next();
  assert.equal(names(page.items), '-');
  assert.equal(page.currentPage, 2);
  assert.equal(page.hasNext(), false);
  assert.equal(page.hasPrev(), true);
  assert.equal(names((await page.prev()).items), 'Cleo Dora');

  assert.equal(await found(queryContacts().skip(3)), 'Dora -');
  assert.equal(await found(queryContacts().skip(1).limit(1)), 'Bert');
  const beyond = await queryContacts().skip(100).find();
  assert.equal(beyond.length, 0);
  assert.equal(beyond.totalCount, 5);
  const none = await queryContacts().eq('info.name.first', 'Nobody').find();
  assert.deepEqual([none.length, none.totalCount, none.hasNext()], [0, 0, false]);
  const nothing = await queryContacts().limit(0).find();
  assert.deepEqual([nothing.length, nothing.totalCount], [0, 5]);
});

test('queryContacts: the typed form', async () => {
  const result = await queryContacts({
    filter: {
      'info.birthdate': { $lt: '2000-01-01' },
      $or: [{ 'info.name.last': 'Berg' }, { 'info.jobTitle': 'Cook' }],
    },
    sort: [{ fieldName: 'info.birthdate', order: 'ASC' }],
    paging: { limit: 10, offset: 0 },
  });
  assert.equal(names(result.contacts), 'Bert Anna');
  assert.deepEqual(result.contacts[1], people.Anna);
  assert.deepEqual(result.pagingMetadata, { count: 2, offset: 0, total: 2, tooManyToCount: false, hasNext: false });

  const projected = await queryContacts({
    filter: { 'info.name.first': 'Anna' },
    fields: ['info.company', 'createdDate'],
    fieldsets: ['BASIC'],
  });
  const {
    _id,
    revision,
    _createdDate,
    primaryInfo,
    info: { name, company },
  } = people.Anna;
  assert.deepEqual(projected.contacts, [{ _id, revision, _createdDate, primaryInfo, info: { name, company } }]);

  // Keys of a filter are renamed, too, and so is the field to sort by.
  const byID = await queryContacts({
    filter: { _id: nameless._id },
    sort: [{ fieldName: '_createdDate', order: 'DESC' }],
  });
  assert.deepEqual(sent.at(-1).body.query, {
    filter: { id: nameless._id },
    sort: [{ fieldName: 'createdDate', order: 'DESC' }],
  });
  assert.deepEqual(byID.contacts, [nameless]);
});

test('queryContacts: a query made with utils.query', async () => {
  const query = QueryBuilder()
    .withFilter(
      Filter.and(
        Filter('_createdDate').gte(now).lte(now),
        Filter.or(Filter('info.name.last').eq('Berg'), Filter('info.labelKeys').hasSome([silver.key])),
        Filter.not(Filter('info.company').startsWith('alpha ')),
      ),
    )
    .withSorting(Sort('info.name.first').desc())
    .withPaging({ limit: 5, offset: 0 })
    .withFields('info.name')
    .build();
  const result = await queryContacts(query);
  assert.deepEqual(
    result.contacts,
    [people.Dora, people.Anna].map(({ _id, revision, info: { name } }) => ({ _id, revision, info: { name } })),
  );
  assert.deepEqual(Object.keys(sent.at(-1).body.query.filter.$and[0]), ['createdDate']);
  for (const [filter, want] of [
    [Filter('info.name.last').ne('Berg'), 'Bert Dora -'],
    [Filter('info.birthdate').gt('1980-01-31').lt('2001-12-24'), 'Anna'],
    [Filter('info.name.first').in(['Anna', 'Cleo']), 'Anna Cleo'],
    [Filter('primaryEmail.subscriptionStatus').nin(['SUBSCRIBED', 'PENDING']), 'Anna Bert Cleo Dora -'],
    [Filter('info.labelKeys').hasAll([gold.key]), 'Anna Bert'],
    [Filter('info.jobTitle').exists(), 'Bert Cleo'],
    [Filter('info.jobTitle').exists(false), 'Anna Dora -'],
  ]) {
    const { contacts } = await queryContacts(QueryBuilder().withFilter(filter).build());
    assert.equal(names(contacts), want, JSON.stringify(filter.filter));
  }
});

test('queryContacts: refusals', async () => {
  const refused = (query, code) => fails(query(queryContacts()).find(), 400, code);
  await refused((q) => q.limit(1001), 'ILLEGAL_LIMIT');
  await refused((q) => q.limit(-1), 'ILLEGAL_LIMIT');
  await refused((q) => q.ascending('primaryInfo.phone'), 'UNSUPPORTED_SORT_FIELD');
  await refused((q) => q.ascending('info.nothing'), 'UNSUPPORTED_SORT_FIELD');
  await refused((q) => q.eq('info.nme.first', 'x'), 'UNSUPPORTED_FILTER_FIELD_UNKNOWN');
  await refused((q) => q.eq('info.extendedFields.custom.gone', 'x'), 'UNSUPPORTED_FILTER_FIELD_UNKNOWN');
  await refused((q) => q.gt('info.name.first', 'x'), 'UNSUPPORTED_FILTER_OPERATOR');
  await refused((q) => q.endsWith('info.name.first', 'x'), 'UNSUPPORTED_FILTER_OPERATOR');
  await refused((q) => q.contains('info.name.first', 'x'), 'UNSUPPORTED_FILTER_OPERATOR');
  await refused((q) => q.eq('_createdDate', 'yesterday'), 'UNSUPPORTED_FILTER_VALUE');
  await refused((q) => q.eq('info.birthdate', '2023-02-29'), 'UNSUPPORTED_FILTER_VALUE');
  await refused((q) => q.eq('_id', 'nobody'), 'UNSUPPORTED_FILTER_VALUE');
  await refused((q) => q.eq('info.name.first', 5), 'UNSUPPORTED_FILTER_VALUE_TYPE');
  await refused((q) => q.eq('info.name.first', undefined), 'UNSUPPORTED_FILTER_VALUE_TYPE'); // sent as null
  await refused((q) => q.eq('info.extendedFields.custom.score', '10'), 'UNSUPPORTED_FILTER_VALUE_TYPE');
  await refused((q) => q.in('info.name.first', 'Anna'), 'UNSUPPORTED_FILTER_VALUE_TYPE');
  // More methods of the builder that are missing in its type declarations, and methods of Filter.
  await refused((q) => q.isEmpty('info.name.first'), 'UNSUPPORTED_FILTER_VALUE_TYPE'); // sent as null
  await refused((q) => q.isNotEmpty('info.name.first'), 'UNSUPPORTED_FILTER_VALUE_TYPE');
  for (const filter of [Filter('info.name.first').isEmpty(), Filter('info.name.first').endsWith('a')]) {
    await fails(queryContacts(QueryBuilder().withFilter(filter).build()), 400, 'UNSUPPORTED_FILTER_OPERATOR');
  }

  await fails(queryContacts({ filter: { $and: { 'info.company': 'x' } } }), 400, 'MALFORMED_FILTER');
  await fails(queryContacts({ filter: 'info.company = x' }), 400, 'MALFORMED_FILTER');
  await fails(queryContacts({ filter: { $xor: [] } }), 400, 'UNSUPPORTED_FILTER');

  const twice = ['info.name.first', 'info.name.last'];
  await invalid(queryContacts({ sort: twice.map((fieldName) => ({ fieldName })) }), {
    field: 'query.sort',
    violatedRule: 'MAX_SIZE',
    data: { threshold: 1 },
  });
  // The builder does not know the name of its argument.
  await invalid(
    queryContacts()
      .ascending(...twice)
      .find(),
    { field: 'undefined.sort', violatedRule: 'MAX_SIZE', data: { threshold: 1 } },
  );
  await invalid(queryContacts().skip(-1).find(), {
    field: 'undefined.paging.offset',
    violatedRule: 'MIN',
    data: { threshold: 0 },
  });
  await invalid(queryContacts({ sort: [{ fieldName: 'createdDate', order: 'UP' }] }), {
    field: 'query.sort[0].order',
    violatedRule: 'FORMAT',
    data: { type: 'ENUM' },
  });
});

test('listContacts', async () => {
  const all = await listContacts();
  assert.equal(names(all.contacts), 'Anna Bert Cleo Dora -');
  assert.deepEqual(all.contacts[1], people.Bert);
  assert.deepEqual(all.pagingMetadata, { count: 5, offset: 0, total: 5, tooManyToCount: false, hasNext: false });

  const page = await listContacts({
    sort: { fieldName: 'info.name.last', order: 'DESC' },
    paging: { limit: 2, offset: 1 },
    fields: ['info.company'],
    fieldsets: ['BASIC'],
  });
  assert.equal(
    sent.at(-1).url,
    '/contacts/v4/contacts?sort.fieldName=info.name.last&sort.order=DESC&paging.limit=2&paging.offset=1' +
      '&fields=info.company&fieldsets=BASIC',
  );
  assert.deepEqual(
    page.contacts,
    [people.Anna, people.Cleo].map(({ _id, revision, primaryInfo, info }) => ({
      _id,
      revision,
      primaryInfo,
      info: { name: info.name, company: info.company },
    })),
  );
  assert.deepEqual(page.pagingMetadata, { count: 2, offset: 1, total: 5, tooManyToCount: false, hasNext: true });

  const byDate = await listContacts({ sort: { fieldName: '_createdDate' } });
  assert.equal(names(byDate.contacts), 'Anna Bert Cleo Dora -');
  const nothing = await listContacts({ paging: { limit: 0 } });
  assert.deepEqual([nothing.contacts.length, nothing.pagingMetadata.total], [0, 5]);

  await fails(listContacts({ paging: { limit: 1001 } }), 400, 'ILLEGAL_LIMIT');
  await fails(listContacts({ paging: { limit: -1 } }), 400, 'ILLEGAL_LIMIT');
  await fails(listContacts({ sort: { fieldName: 'info.locale' } }), 400, 'UNSUPPORTED_SORT_FIELD');
  await invalid(listContacts({ paging: { offset: -1 } }), {
    field: 'options.paging.offset',
    violatedRule: 'MIN',
    data: { threshold: 0 },
  });
  await invalid(listContacts({ sort: { fieldName: 'createdDate', order: 'desc' } }), {
    field: 'options.sort.order',
    violatedRule: 'FORMAT',
    data: { type: 'ENUM' },
  });
  await invalid(listContacts({ paging: { limit: 'few' } }), {
    field: 'options.paging.limit',
    violatedRule: 'FORMAT',
    data: { type: 'INTEGER' },
  });
});

test('queries in the forms of published samples', async () => {
  const url = '/contacts/v4/contacts/query';
  const one = await raw('POST', url, {
    query: { sort: { fieldName: 'createdDate', order: 'DESC' }, paging: { limit: 1 } },
  });
  assert.equal(one.status, 200);
  assert.equal(one.body.contacts.length, 1);
  for (const body of [{}, { query: {} }, { query: { filter: null } }]) {
    const { status, body: reply } = await raw('POST', url, body);
    assert.equal(status, 200);
    assert.equal(reply.contacts.length, 5);
  }
  const searched = await raw('POST', url, { search: 'adler' });
  assert.deepEqual(
    searched.body.contacts.map(({ id }) => id),
    [people.Bert._id],
  );
});
