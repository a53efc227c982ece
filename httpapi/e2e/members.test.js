// Calls that the membership or the billing subscription of a contact forbids. Other services create both, so they come
// from a file.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fails, serve, someone } from './helpers.js';

const { client } = await serve({ load: 'member.jsonl' });
const { createContact, deleteContact, getContact, mergeContacts, previewMergeContacts, queryContacts, updateContact } =
  client.contacts;

async function find(email) {
  const { items, length } = await queryContacts().eq('primaryInfo.email', email).find();
  assert.equal(length, 1);
  return items[0];
}

test('the client sees the contents of the file', async () => {
  const member = await find('mia@example.com');
  assert.equal(member.revision, 2);
  assert.deepEqual(member.memberInfo, {
    memberId: 'e2e00000-0000-4000-9000-000000000001',
    signupDate: new Date('2025-06-07T08:09:10.000Z'),
    email: 'mia@example.com',
    emailVerified: true,
    emailVerificationRequired: false,
    status: 'ACTIVE',
    profileInfo: {
      nickname: 'mia',
      privacyStatus: 'PRIVATE',
      reported: false,
      muted: false,
      photo: 'https://example.com/mia.png',
    },
    sessionInfo: { lastWebLogin: new Date('2025-12-31T23:59:59.000Z') },
  });
  assert.equal(member.info.extendedFields.items['members.membershipStatus'], 'APPROVED');
  assert.deepEqual(await getContact(member._id), member);

  const subscriber = await find('susi@example.com');
  assert.deepEqual(subscriber.primaryEmail, {
    email: 'susi@example.com',
    subscriptionStatus: 'SUBSCRIBED',
    deliverabilityStatus: 'VALID',
  });
  assert.equal(subscriber.memberInfo, undefined);
});

test('CANNOT_UPDATE_MEMBER_EMAIL', async () => {
  const member = await find('mia@example.com');
  for (const items of [[{ email: 'new@example.com' }], []]) {
    await fails(updateContact(member._id, { emails: { items } }, member.revision), 428, 'CANNOT_UPDATE_MEMBER_EMAIL');
  }
  const { contact } = await updateContact(
    member._id,
    { emails: { items: [{ email: 'mia@example.com' }, { email: 'mia@work.example.com' }] }, company: 'Mia Ltd' },
    member.revision,
  );
  assert.equal(contact.info.emails.items.length, 2);
});

test('deleteContact', async () => {
  for (const [email, code] of [
    ['mia@example.com', 'CANNOT_DELETE_MEMBER'],
    ['otto@example.com', 'CANNOT_DELETE_MEMBER_OWNER_OR_CONTRIBUTOR'],
    ['paula@example.com', 'CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION'],
  ]) {
    const { _id } = await find(email);
    await fails(deleteContact(_id), 428, code);
    assert.equal((await getContact(_id))._id, _id);
  }
});

test('merges: a member can be a target, not a source', async () => {
  const { contact: other } = await createContact(someone());
  for (const email of ['mia@example.com', 'otto@example.com', 'paula@example.com']) {
    const { _id } = await find(email);
    await fails(mergeContacts(other._id, 1, { sourceContactIds: [_id] }), 428, 'FAILED_PRECONDITION');
    await fails(previewMergeContacts(other._id, { sourceContactIds: [_id] }), 428, 'FAILED_PRECONDITION');
  }
  const member = await find('mia@example.com');
  const { contact } = await mergeContacts(member._id, member.revision, { sourceContactIds: [other._id] });
  assert.equal(contact.primaryInfo.email, 'mia@example.com');
  assert.deepEqual(contact.memberInfo, member.memberInfo);
});
