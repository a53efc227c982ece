// The functions of the client that each test file calls. coverage.test.js fails if a function of the client is missing
// here, and helpers.js fails a test file that has not called all of its functions.
import path from 'node:path';

export const calls = {
  'contacts.test.js': [
    'contacts.createContact',
    'contacts.deleteContact',
    'contacts.getContact',
    'contacts.labelContact',
    'contacts.unlabelContact',
    'contacts.updateContact',
  ],
  'merge.test.js': ['contacts.mergeContacts', 'contacts.previewMergeContacts'],
  'query.test.js': [
    'contacts.listContacts',
    'contacts.queryContacts',
    'contacts.utils.query.Filter',
    'contacts.utils.query.QueryBuilder',
    'contacts.utils.query.Sort',
  ],
  'facets.test.js': ['contacts.listFacets', 'contacts.queryFacets'],
  'bulk.test.js': [
    'contacts.bulkDeleteContacts',
    'contacts.bulkLabelAndUnlabelContacts',
    'contacts.bulkUpdateContacts',
  ],
  'labels.test.js': [
    'labels.deleteLabel',
    'labels.findOrCreateLabel',
    'labels.getLabel',
    'labels.listLabels',
    'labels.queryLabels',
    'labels.renameLabel',
    'labels.utils.query.Filter',
    'labels.utils.query.QueryBuilder',
    'labels.utils.query.Sort',
  ],
  'extended-fields.test.js': [
    'extendedFields.deleteExtendedField',
    'extendedFields.findOrCreateExtendedField',
    'extendedFields.getExtendedField',
    'extendedFields.listExtendedFields',
    'extendedFields.queryExtendedFields',
    'extendedFields.renameExtendedField',
    'extendedFields.utils.query.Filter',
    'extendedFields.utils.query.QueryBuilder',
    'extendedFields.utils.query.Sort',
  ],
  'submit.test.js': ['submittedContact.appendOrCreateContact'],
  'webhooks.test.js': [
    'contacts.onContactCreated',
    'contacts.onContactDeleted',
    'contacts.onContactMerged',
    'contacts.onContactUpdated',
    'extendedFields.onExtendedFieldCreated',
    'extendedFields.onExtendedFieldDeleted',
    'extendedFields.onExtendedFieldUpdated',
    'labels.onLabelCreated',
    'labels.onLabelDeleted',
    'labels.onLabelUpdated',
  ],
};

export function callsOf(file) {
  return calls[path.basename(file)] ?? [];
}
