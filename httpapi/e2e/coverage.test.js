// The tests call every public function of the client.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { calls } from './calls.js';
import { here, modules } from './helpers.js';

function functionsOf(value, name) {
  if (typeof value === 'function') return [name];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => functionsOf(member, `${name}.${key}`));
}

test('every public function of the client is called', () => {
  const functions = Object.entries(modules)
    .flatMap(([name, module]) => functionsOf(module, name))
    .sort();
  assert.ok(functions.includes('contacts.createContact'));
  assert.deepEqual(Object.values(calls).flat().sort(), functions);
});

test('the test files of calls.js exist', () => {
  for (const file of Object.keys(calls)) assert.ok(existsSync(path.join(here, file)), file);
});
