// The client must have no public function that no test calls.
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

test('each public function of the client is called by a test', () => {
  const functions = Object.entries(modules)
    .flatMap(([name, module]) => functionsOf(module, name))
    .sort();
  assert.ok(functions.includes('contacts.createContact'));
  assert.deepEqual(Object.values(calls).flat().sort(), functions);
});

test('the test files of calls.js are there', () => {
  for (const file of Object.keys(calls)) assert.ok(existsSync(path.join(here, file)), file);
});
