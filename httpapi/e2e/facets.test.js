// Facets: contacts counted by label and status.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fails, serve } from './helpers.js';

const { client, sent } = await serve({ load: 'member.jsonl' });
const { listFacets, queryFacets, queryContacts } = client.contacts;

const total = (await queryContacts().find()).totalCount;

test('listFacets', async () => {
  const { facets, pagingMetadata } = await listFacets();
  assert.deepEqual(facets[0], {
    facetType: 'ALL_CONTACTS',
    facetKey: 'contacts.all',
    facetDisplayName: 'All Contacts',
    count: total,
    legacyId: 'contacts-all',
  });
  assert.deepEqual(facets[1], {
    facetType: 'LABEL',
    namespace: 'custom',
    namespaceDisplayName: 'Labels',
    facetKey: 'custom.vip',
    facetDisplayName: 'VIP',
    count: 1,
    queryFilter: { 'info.labelKeys': { $hasSome: ['custom.vip'] } },
  });
  assert.deepEqual(
    facets.slice(1).map(({ facetKey }) => facetKey),
    [
      'custom.vip',
      'contacts.customers',
      'contacts.contacted-me',
      ...['subscribed', 'unsubscribed', 'pending', 'bounced', 'spam', 'inactive'].map((s) => `emailSubscriptions.${s}`),
      ...['approved', 'denied', 'pending', 'inactive'].map((s) => `membershipStatus.${s}`),
    ],
  );
  assert.deepEqual(pagingMetadata, { count: 14, offset: 0, total: 14, tooManyToCount: false, hasNext: false });
  assert.equal(facets.find(({ facetKey }) => facetKey === 'membershipStatus.approved').count, 2);

  // The filter of each facet matches the contacts that it counts.
  for (const { facetKey, count, queryFilter } of facets.slice(1)) {
    const {
      pagingMetadata: { total: n },
    } = await queryContacts({ filter: queryFilter });
    assert.equal(n, count, facetKey);
  }
});

test('listFacets: pages', async () => {
  const { facets, pagingMetadata } = await listFacets({ paging: { limit: 2, offset: 1 }, language: 'en' });
  assert.equal(sent.at(-1).url, '/contacts/v4/contacts/facets?paging.limit=2&paging.offset=1&language=en');
  assert.deepEqual(
    facets.map(({ facetKey }) => facetKey),
    ['custom.vip', 'contacts.customers'],
  );
  assert.deepEqual(pagingMetadata, { count: 2, offset: 1, total: 14, tooManyToCount: false, hasNext: true });
});

test('queryFacets', async () => {
  const path = 'info.extendedFields.emailSubscriptions';
  const all = async (filter) => (await queryFacets({ filter })).facets[0].count;
  assert.equal(await all({ [`${path}.subscriptionStatus`]: 'SUBSCRIBED' }), 1);
  assert.equal(await all({ [`${path}.subscriptionStatus`]: { $nin: ['SUBSCRIBED'] } }), total - 1);
  assert.equal(await all({ [`${path}.effectiveEmail`]: { $exists: false } }), 1);
  assert.equal(await all({ [`${path}.deliverabilityStatus`]: { $in: ['BOUNCED', 'VALID'] } }), 1);
  assert.equal(await all(undefined), total);

  await fails(queryFacets({ filter: { 'info.company': 'x' } }), 400, 'UNSUPPORTED_FILTER_FIELD_UNKNOWN');
  await fails(queryFacets({ filter: { [`${path}.subscriptionStatus`]: 'YES' } }), 400, 'UNSUPPORTED_FILTER_VALUE');
  await fails(
    queryFacets({ filter: { [`${path}.subscriptionStatus`]: { $startsWith: 'S' } } }),
    400,
    'UNSUPPORTED_FILTER_OPERATOR',
  );
});
