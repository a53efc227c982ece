// Bulk calls and their jobs. The client has no functions for jobs: the tests read them over plain HTTP.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fails, guid, invalid, now, serve, someone } from './helpers.js';

const { client, sent, raw } = await serve({ load: 'member.jsonl' });
const {
  bulkDeleteContacts,
  bulkLabelAndUnlabelContacts,
  bulkUpdateContacts,
  createContact,
  getContact,
  queryContacts,
} = client.contacts;

async function job(jobId) {
  assert.match(jobId, guid);
  const { status, body } = await raw('GET', `/contacts/v4/bulk/jobs/${jobId}`);
  assert.equal(status, 200);
  assert.deepEqual((await raw('GET', `/contacts/v4/bulk/contact/jobs/${jobId}`)).body, body);
  assert.equal(body.job.id, jobId);
  return body.job;
}

const done = (type, totalItems) => ({
  type,
  status: 'COMPLETED',
  startedDate: now.toISOString(),
  finishedDate: now.toISOString(),
  totalItems,
  successTotal: totalItems,
  failedTotal: 0,
});

const company = async (name, n) => {
  const made = [];
  for (let i = 0; i < n; i++) made.push((await createContact(someone({ company: name }))).contact);
  return made;
};

test('bulkUpdateContacts', async () => {
  const made = await company('Bulk One', 3);
  const { jobId } = await bulkUpdateContacts({ filter: { 'info.company': 'Bulk One' }, info: { jobTitle: 'Boss' } });
  assert.deepEqual(sent.at(-1).body, { filter: { 'info.company': 'Bulk One' }, info: { jobTitle: 'Boss' } });
  assert.deepEqual(await job(jobId), { id: jobId, ...done('UPDATE', 3) });
  for (const { _id } of made) {
    const { revision, info } = await getContact(_id);
    assert.deepEqual([revision, info.jobTitle, info.company], [2, 'Boss', 'Bulk One']);
  }

  // One email for all: only one contact gets it.
  const second = await bulkUpdateContacts({
    filter: { 'info.company': 'Bulk One' },
    info: { emails: { items: [{ email: 'bulk@example.com' }] } },
  });
  const { errors, ...rest } = await job(second.jobId);
  assert.deepEqual(rest, { id: second.jobId, ...done('UPDATE', 3), successTotal: 1, failedTotal: 2 });
  assert.equal(errors.length, 1);
  assert.deepEqual([errors[0].count, errors[0].code], [2, 'DUPLICATE_CONTACT_EXISTS']);
  assert.equal(typeof errors[0].message, 'string');

  await fails(bulkUpdateContacts({ info: { company: 'x' } }), 400, 'NEITHER_FILTER_NOR_SEARCH');
  await fails(bulkUpdateContacts({ search: 'x', info: {} }), 400, 'INSUFFICIENT_UPDATE_CONTACT_DATA');
  await fails(
    bulkUpdateContacts({ filter: { 'info.x': 1 }, info: { company: 'x' } }),
    400,
    'UNSUPPORTED_FILTER_FIELD_UNKNOWN',
  );
  await invalid(bulkUpdateContacts({ search: 'x', info: { birthdate: 'x' } }), {
    field: 'options.info.birthdate',
    violatedRule: 'FORMAT',
    data: { type: 'LOCAL_DATE' },
  });
});

test('bulkLabelAndUnlabelContacts', async () => {
  const [one] = await company('Bulk Two', 1);
  await client.labels.findOrCreateLabel('New');
  const search = one.primaryInfo.email;
  for (const [add, remove, type, left] of [
    [['custom.new', 'custom.vip'], undefined, 'ADD_LABELS', ['custom.new', 'custom.vip']],
    [['contacts.customers'], ['custom.vip'], 'ADD_REMOVE_LABELS', ['custom.new', 'contacts.customers']],
    [undefined, ['custom.new'], 'REMOVE_LABELS', ['contacts.customers']],
  ]) {
    const { jobId } = await bulkLabelAndUnlabelContacts({ search, labelKeysToAdd: add, labelKeysToRemove: remove });
    assert.deepEqual(await job(jobId), { id: jobId, ...done(type, 1) });
    assert.deepEqual((await getContact(one._id)).info.labelKeys.items, left);
  }

  await fails(bulkLabelAndUnlabelContacts({ labelKeysToAdd: ['custom.vip'] }), 400, 'NEITHER_FILTER_NOR_SEARCH');
  await fails(bulkLabelAndUnlabelContacts({ search, labelKeysToAdd: ['custom.no'] }), 400, 'LABEL_NOT_FOUND', {
    labelKeys: ['custom.no'],
  });
  await invalid(bulkLabelAndUnlabelContacts({ search, labelKeysToAdd: Array(101).fill('custom.vip') }), {
    field: 'options.labelKeysToAdd',
    violatedRule: 'MAX_SIZE',
    data: { threshold: 100 },
  });
  await invalid(bulkLabelAndUnlabelContacts({ search: 'x'.repeat(101), labelKeysToAdd: ['custom.vip'] }), {
    field: 'options.search',
    violatedRule: 'MAX_LENGTH',
    data: { threshold: 100 },
  });
});

test('bulkDeleteContacts', async () => {
  const [one, two] = await company('Bulk Three', 2);
  const { jobId } = await bulkDeleteContacts({ filter: { 'info.company': 'Bulk Three' }, search: two.info.name.last });
  assert.deepEqual(await job(jobId), { id: jobId, ...done('DELETE', 1) });
  assert.equal((await getContact(one._id)).revision, 1);
  await fails(getContact(two._id), 404, 'CONTACT_NOT_FOUND');

  for (const options of [undefined, {}, { filter: {} }, { search: '' }]) {
    await fails(bulkDeleteContacts(options), 400, 'NEITHER_FILTER_NOR_SEARCH');
  }
  await fails(bulkDeleteContacts({ filter: { $nor: [] } }), 400, 'UNSUPPORTED_FILTER');
});

test('bulkDeleteContacts: members and subscribers stay', async () => {
  const before = (await queryContacts().find()).totalCount;
  const { jobId } = await bulkDeleteContacts({ filter: { _createdDate: { $lte: now } } });
  assert.deepEqual(sent.at(-1).body.filter, { createdDate: { $lte: now.toISOString() } });
  const { errors, ...rest } = await job(jobId);
  assert.deepEqual(rest, { id: jobId, ...done('DELETE', before), successTotal: before - 3, failedTotal: 3 });
  assert.deepEqual(
    errors.map(({ code, count }) => [code, count]),
    [
      ['CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION', 1],
      ['CANNOT_DELETE_MEMBER_OWNER_OR_CONTRIBUTOR', 1],
      ['CANNOT_DELETE_SITE_MEMBERS', 1],
    ],
  );
  assert.equal((await queryContacts().find()).totalCount, 3);
});

test('lists of jobs', async () => {
  const { jobId } = await bulkDeleteContacts({ search: 'nobody' });
  assert.deepEqual(await job(jobId), { id: jobId, ...done('DELETE', 0) });
  for (const url of ['/contacts/v4/bulk/jobs', '/contacts/v4/bulk/contact/jobs']) {
    const { status, body } = await raw('GET', url);
    assert.equal(status, 200);
    assert.equal(body.jobs[0].id, jobId);
    assert.ok(body.jobs.length >= 8);
  }
  const missing = await raw('GET', '/contacts/v4/bulk/jobs/11111111-2222-4333-8444-555555555555');
  assert.equal(missing.status, 404);
  assert.equal(missing.body.details.applicationError.code, 'BULK_JOB_NOT_FOUND');
});
